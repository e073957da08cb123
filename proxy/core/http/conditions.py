"""Decides what a player gets of a kept resource: all of it, a part, or nothing.

See RFC 9110 sections 13 and 14, for a cache RFC 9111 section 4.3.2. Conditions are
checked in the order of section 13.2.2: If-None-Match, else If-Modified-Since, then
Range with If-Range. If-Match and If-Unmodified-Since are meant for the origin, so they
are ignored here.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Extent, Ranges
from proxy.core.http.resume import STRONG_TAG, is_settled

_OK, _PARTIAL, _NOT_MODIFIED, _UNSATISFIABLE = 200, 206, 304, 416
_TAG = re.compile(r'(?:W/)?("[!\x23-\x7e\x80-\uffff]*")')
# Section 5.6.7: the current format, the format of RFC 850, and that of asctime.
_TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
_DATE = re.compile(
    f"[A-Za-z]{{3}}, [0-9]{{2}} [A-Za-z]{{3}} [0-9]{{4}} {_TIME} GMT"
    f"|[A-Za-z]{{6,9}}, [0-9]{{2}}-[A-Za-z]{{3}}-[0-9]{{2}} {_TIME} GMT"
    f"|[A-Za-z]{{3}} [A-Za-z]{{3}} [ 0-9][0-9] {_TIME} [0-9]{{4}}"
)
# Section 15.4.5: the fields of a 304. Others would seem to describe a new body.
_OF_NOT_MODIFIED = frozenset(
    {"cache-control", "content-location", "date", "etag", "expires", "vary"}
)
_CONDITIONS = frozenset({"range", "if-range", "if-none-match", "if-modified-since"})
# Results for longer fields are not remembered.
_USUAL_CHARS = 256
_OF_PART = "content-range"


class Selected(NamedTuple):
    """What a player gets of a kept resource."""

    status: int
    """200, 206, 304 or 416."""
    start: int
    """The position of the first byte to send, in the kept bytes."""
    end: int
    """The position after the last byte to send; equal to `start` for no bytes."""
    headers: Fields
    """All fields for the player, without Content-Length."""


def answer_of(
    fields: Fields, headers: Fields, size: int, *, method: str = "GET"
) -> Selected:
    """Return the answer to a request with these fields, if a whole resource is kept.

    `headers` are the fields kept with it, and `size` is its length. The whole resource
    is sent if the request has several ranges or a malformed one. This also applies to a
    range of a body with a content coding, since the coding may differ the next time.
    """
    asked = _asked(fields)
    if not asked:
        return Selected(_OK, 0, size, headers)
    usual = sum([len(value) for _, value in asked]) <= _USUAL_CHARS
    decide = _remembered if usual else _answer_of
    return decide(asked, headers, size, ranged=method == "GET")


def _answer_of(asked: Fields, headers: Fields, size: int, *, ranged: bool) -> Selected:
    wishes, kept = _by_name(asked), _by_name(headers)
    if _is_unchanged(wishes, kept):
        return _not_modified(headers)
    whole = Selected(_OK, 0, size, headers)
    # Section 14.2: a range means something for GET only. An empty body has no part that
    # Content-Range could describe.
    if not ranged or "range" not in wishes or not size:
        return whole
    coded = kept.get("content-encoding", "identity").strip() != "identity"
    if coded or not _is_that_version(wishes.get("if-range"), kept):
        return whole
    spans = Ranges.of((("range", wishes["range"]),)).spans
    within = [span.within(size) for span in spans]
    if spans and not any(within):
        told = (("Content-Range", f"bytes */{size}"),)
        return Selected(_UNSATISFIABLE, 0, 0, told)
    if len(within) != 1 or within[0] is None:
        return whole
    extent = Extent(*within[0], size)
    return Selected(_PARTIAL, *within[0], _of_part(headers, extent))


# A stream's players send few different fields, and many request the same resource.
_remembered = lru_cache(512)(_answer_of)


def part_answer_of(
    fields: Fields, headers: Fields, extent: Extent, *, method: str = "GET"
) -> Selected | None:
    """Return the answer to a request if only this extent of a resource is kept.

    Returns None unless the request is for exactly this extent and this version.
    """
    asked, kept = _by_name(_asked(fields)), _by_name(headers)
    if method != "GET" or "range" not in asked:
        return None
    if _is_unchanged(asked, kept):
        return _not_modified(headers)
    if not _is_that_version(asked.get("if-range"), kept):
        return None
    spans = Ranges.of((("range", asked["range"]),)).spans
    if len(spans) != 1 or not spans[0].is_answered_by(extent.part):
        return None
    length = extent.end - extent.start
    return Selected(_PARTIAL, 0, length, _of_part(headers, extent))


def _asked(fields: Fields) -> Fields:
    """Return the fields that matter here; most requests have one or none."""
    return tuple([pair for pair in fields if pair[0].lower() in _CONDITIONS])


def _by_name(fields: Fields) -> dict[str, str]:
    """Return the fields by lower-case name; repeated ones are joined (section 5.2)."""
    joined: dict[str, str] = {}
    for name, value in fields:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _not_modified(headers: Fields) -> Selected:
    told = tuple(pair for pair in headers if pair[0].lower() in _OF_NOT_MODIFIED)
    return Selected(_NOT_MODIFIED, 0, 0, told)


def _of_part(headers: Fields, extent: Extent) -> Fields:
    whole = tuple(pair for pair in headers if pair[0].lower() != _OF_PART)
    return (*whole, ("Content-Range", extent.content_range))


def _is_unchanged(asked: dict[str, str], kept: dict[str, str]) -> bool:
    """Return whether the player has this version already (sections 13.1.2, 13.1.3)."""
    tags = asked.get("if-none-match")
    if tags is not None:
        if tags.strip() == "*":
            return True
        own = _TAG.fullmatch(kept.get("etag", ""))
        # The weak comparison: W/"1" and "1" are the same.
        return own is not None and own[1] in _TAG.findall(tags)
    since = _date(asked.get("if-modified-since"))
    # RFC 9111 section 4.3.2: without Last-Modified, Date takes its place.
    changed = _date(kept.get("last-modified", kept.get("date")))
    return since is not None and changed is not None and changed <= since


def _is_that_version(validator: str | None, kept: dict[str, str]) -> bool:
    """Return whether If-Range is missing or matches what is kept (section 13.1.5)."""
    if validator is None:
        return True
    validator = validator.strip()
    if validator.endswith('"'):
        strong = STRONG_TAG.fullmatch(validator) is not None
        return strong and kept.get("etag") == validator
    modified = kept.get("last-modified")
    return validator == modified and is_settled(validator, kept.get("date"))


def _date(value: str | None) -> datetime | None:
    """Return an HTTP date; None if it is missing or invalid."""
    if value is None or not _DATE.fullmatch(value.strip()):
        return None
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    # The oldest format has no time zone; it is GMT like the others.
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
