"""What tells two versions of a document apart whose text is the same."""

from email.utils import parsedate_to_datetime

from proxy.core.http.headers import Fields

# Some servers report the time of the answer as that of the last change.
_ANSWERED_SECONDS = 1.0
_WEAK = "W/"


def validators_of(headers: Fields) -> str:
    """Return a text that changes when a file was written again; empty if none is said.

    It holds the ETag, and Last-Modified unless that is the time of the answer.
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
