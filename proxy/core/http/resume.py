"""Whether a body that broke off can be continued, and how to verify the rest.

RFC 9110 section 15.3.7.3: parts may only be combined if they have the same strong
validator.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from email.utils import parsedate_to_datetime
from typing import Self

from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Part
from proxy.core.values import value

_OK, _PARTIAL = 200, 206

# RFC 9110 section 8.8.2.2: two changes within one second have the same date. A margin
# of a minute allows for caches or clusters whose clocks differ.
_SETTLED_SECONDS = 60.0

STRONG_TAG = re.compile(r'"[!\x23-\x7e\x80-\uffff]*"')
"""RFC 9110 section 8.8.3: a weak tag starts with W/."""


@value
class Resumable:
    """What another answer must match so that it can continue this one."""

    start: int
    """The position of its first byte in the whole."""
    end: int | None
    """The position after its last byte; None if unknown before the body ends."""
    total: int | None
    """The length of the whole."""
    tag: str | None = field(default=None, repr=False)
    modified: str | None = field(default=None, repr=False)
    """The date, used as the validator if there is no tag."""

    @classmethod
    def of(
        cls, status: int, headers: Mapping[str, str], length: int | None
    ) -> Self | None:
        """Return what to match; None if the answer's body cannot be continued.

        `headers` must ignore the case of names; `length` is the declared length.
        """
        span = _span(status, headers, length)
        tag, modified = headers.get("ETag"), headers.get("Last-Modified")
        plain = headers.get("Content-Encoding", "identity").strip() == "identity"
        ranged = headers.get("Accept-Ranges", "").strip().lower() != "none"
        if span is None or not plain or not ranged:
            return None
        if tag is not None:
            # Section 13.1.5: if there is a tag, a date must not be used instead of it.
            return cls(*span, tag=tag) if STRONG_TAG.fullmatch(tag) else None
        if modified is not None and is_settled(modified, headers.get("Date")):
            return cls(*span, modified=modified)
        return None

    def fields(self, received: int) -> Fields:
        """Return the header fields that request the bytes after `received` ones."""
        last = "" if self.end in (None, self.total) else str((self.end or 0) - 1)
        validator = self.tag or self.modified or ""
        return (
            ("Range", f"bytes={self.start + received}-{last}"),
            ("If-Range", validator),
        )

    def continued(
        self, status: int, headers: Mapping[str, str], *, received: int
    ) -> int | None:
        """Return the total number of bytes with this answer; None if it does not fit.

        The answer must contain exactly what was requested, of the same whole.
        """
        plain = headers.get("Content-Encoding", "identity").strip() == "identity"
        part = Part.of(headers.get("Content-Range", ""))
        if status != _PARTIAL or not plain or part is None or part.total is None:
            return None
        fits = (
            part.start == self.start + received
            and part.end == (part.total if self.end is None else self.end)
            and self.total in (None, part.total)
        )
        return part.end - self.start if fits and self._is_same(headers) else None

    def _is_same(self, headers: Mapping[str, str]) -> bool:
        # Section 15.3.7: the answer repeats the tag, but need not repeat the date.
        modified = headers.get("Last-Modified", self.modified)
        return headers.get("ETag") == self.tag and (
            self.tag is not None or modified == self.modified
        )


def _span(
    status: int, headers: Mapping[str, str], length: int | None
) -> tuple[int, int | None, int | None] | None:
    if status == _OK:
        return 0, length, length
    part = Part.of(headers.get("Content-Range", ""))
    if status != _PARTIAL or part is None or part.total is None:
        return None
    return part if length in (None, part.end - part.start) else None


def is_settled(modified: str, date: str | None) -> bool:
    """Return whether a Last-Modified is a strong validator, given the answer's Date."""
    try:
        age = parsedate_to_datetime(date or "") - parsedate_to_datetime(modified)
    except (TypeError, ValueError):
        return False
    return age.total_seconds() > _SETTLED_SECONDS
