"""Distinguishes two versions of a document that have the same text."""

from email.utils import parsedate_to_datetime

from proxy.core.http.headers import Fields

# Some servers report the time of the answer as that of the last change.
_ANSWERED_SECONDS = 1.0
_WEAK = "W/"


def validators_of(headers: Fields) -> str:
    """Return a string that changes when the upstream rewrites a file.

    It contains the ETag, and Last-Modified unless that is the time of the answer. It is
    empty if the answer has neither.
    """
    said = {name.lower(): value for name, value in headers}
    etag = said.get("etag", "").removeprefix(_WEAK)
    modified = said.get("last-modified", "")
    if modified and _is_now(modified, said.get("date", "")):
        modified = ""
    return f"{etag}\n{modified}" if etag or modified else ""


def _is_now(modified: str, date: str) -> bool:
    try:
        passed = parsedate_to_datetime(date) - parsedate_to_datetime(modified)
    except (OverflowError, TypeError, ValueError):
        return False
    return abs(passed.total_seconds()) <= _ANSWERED_SECONDS
