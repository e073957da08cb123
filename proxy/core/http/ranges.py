"""Whether a partial answer is the requested part (RFC 9110, section 14).

VLC treats any other part than the requested one as an error. hls.js and FFmpeg play it
at the wrong position.
"""

import re
from collections.abc import Mapping
from dataclasses import field
from functools import lru_cache
from typing import NamedTuple, Self

from proxy.core.http.headers import Fields
from proxy.core.values import value

# 19 digits are enough for 2^63, and numbers stay bounded.
_CONTENT_RANGE = re.compile(
    r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\*)", re.IGNORECASE
)
_UNSATISFIED = re.compile(r"bytes \*/([0-9]{1,19})", re.IGNORECASE)
_SPAN = re.compile(r"[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*")
_MULTIPART = "multipart/"
_RANGES = frozenset({"range", "if-range"})

MOST_SKIPPED = 32 * 1024 * 1024
"""How many bytes may be read and discarded to cut a piece out of a whole body: some
seconds on a usual line. If the piece begins later, the player gets the whole body, as
RFC 9110 allows."""


class Part(NamedTuple):
    """The part that a Content-Range describes."""

    start: int
    end: int
    """The position after the last byte."""
    total: int | None
    """The length of the whole, if it is known."""

    @classmethod
    def of(cls, content_range: str) -> Self | None:
        """Parse a Content-Range; None if it is malformed or contradicts itself."""
        found = _CONTENT_RANGE.fullmatch(content_range)
        if found is None:
            return None
        total = None if found[3] == "*" else int(found[3])
        part = cls(int(found[1]), int(found[2]) + 1, total)
        inside = total is None or part.end <= total
        return part if part.start < part.end and inside else None

    @property
    def is_whole(self) -> bool:
        """Whether the part is the whole, with a known length."""
        return self.start == 0 and self.end == self.total


class RangeSpec(NamedTuple):
    """One range of a request: `first-last`, `first-` or `-length`."""

    first: int | None
    last: int | None

    def within(self, total: int) -> tuple[int, int] | None:
        """Return its start and end in a whole of this length; None if it is outside."""
        if self.first is None:
            start, end = max(0, total - (self.last or 0)), total
        else:
            start = self.first
            end = total if self.last is None else min(self.last + 1, total)
        return (start, end) if start < end else None

    def is_answered_by(self, part: Part) -> bool:
        """Return whether a part is exactly what this range asks for."""
        if part.total is not None:
            return self.within(part.total) == part[:2]
        if self.first is None:
            return part.end - part.start <= (self.last or 0)
        # The total length may be unknown: the resource may still be in production.
        return part.start == self.first and (
            self.last is None or part.end <= self.last + 1
        )


class Extent(NamedTuple):
    """A stretch of a whole."""

    start: int
    end: int
    total: int | None

    @property
    def content_range(self) -> str:
        """The value of its Content-Range."""
        total = "*" if self.total is None else self.total
        return f"bytes {self.start}-{self.end - 1}/{total}"

    @property
    def part(self) -> Part:
        """The same as a part of an answer."""
        return Part(*self)


@value
class Ranges:
    """The ranges that a request asks for."""

    asked: bool = False
    """Whether it asks for a part at all."""
    spans: tuple[RangeSpec, ...] = ()
    """Empty if they are unknown: another unit, or malformed."""
    validator: str | None = field(default=None, repr=False)
    """The version that the ranges refer to (If-Range)."""

    @classmethod
    def of(cls, fields: Fields) -> "Ranges":
        """Return what a request with these fields asks for."""
        return _ranges(fields)

    @property
    def odd(self) -> bool:
        """Whether it asks for several byte ranges, or for one that cannot be parsed.

        No player needs these, and servers may ignore them (section 14.2).
        """
        return self.asked and len(self.spans) != 1

    def is_answered_by(self, headers: Mapping[str, str], length: int | None) -> bool:
        """Return whether a 206 with these fields is what was requested.

        `headers` must ignore the case of names; `length` is the declared length. If no
        part was requested, a part that is the whole is accepted.
        """
        many = headers.get("Content-Type", "").lower().startswith(_MULTIPART)
        if many:
            # Section 15.3.7.2: a single range is never answered with several parts.
            return len(self.spans) > 1
        part = Part.of(headers.get("Content-Range", ""))
        if part is None or length not in (None, part.end - part.start):
            return False
        if not self.asked:
            return part.is_whole
        if self._is_another_version(headers):
            return False
        return len(self.spans) != 1 or self.spans[0].is_answered_by(part)

    def is_refused_by(self, content_range: str) -> bool:
        """Return whether a 416 with this Content-Range may be correct."""
        if not self.asked:
            return False
        found = _UNSATISFIED.fullmatch(content_range)
        if found is None:
            return True  # it contains nothing that could be wrong
        return not any(span.within(int(found[1])) for span in self.spans)

    def is_outside(self, total: int) -> bool:
        """Return whether all requested ranges are outside a whole of this length."""
        return bool(self.spans) and not any(s.within(total) for s in self.spans)

    def piece(self, headers: Mapping[str, str], length: int | None) -> Extent | None:
        """Return what to cut out of a 200 with these fields; None to leave it whole.

        If the length is unknown, the body is assumed to contain the requested range.
        Whether it does only shows while it is read.
        """
        plain = headers.get("Content-Encoding", "identity").strip() == "identity"
        if len(self.spans) != 1 or not plain or self._is_another_version(headers):
            return None
        span = self.spans[0]
        if length is not None:
            cut = span.within(length)
        elif span.first is None or span.last is None:
            cut = None
        else:
            cut = span.first, span.last + 1
        if cut is None or cut[0] > MOST_SKIPPED or cut[0] >= cut[1]:
            return None
        if length is None and cut[1] > MOST_SKIPPED:
            return None  # RFC 8673: a very large last position means "from here on"
        return Extent(*cut, length)

    def _is_another_version(self, headers: Mapping[str, str]) -> bool:
        if self.validator is None:
            return False
        if self.validator.startswith('"'):
            return headers.get("ETag", self.validator) != self.validator
        return headers.get("Last-Modified", self.validator) != self.validator


# Players other than those of byte ranges send the same fields with each request.
@lru_cache(256)
def _ranges(fields: Fields) -> Ranges:
    named = {name.lower(): value for name, value in fields}
    if "range" not in named:
        return Ranges()
    return Ranges(
        asked=True, spans=_spans(named["range"]), validator=named.get("if-range")
    )


def without_ranges(fields: Fields) -> Fields:
    """Return the fields without ranges, so that they request the whole."""
    return tuple(pair for pair in fields if pair[0].lower() not in _RANGES)


def _spans(value: str) -> tuple[RangeSpec, ...]:
    unit, equals, rest = value.partition("=")
    found = [_SPAN.fullmatch(text) for text in rest.split(",")]
    if unit.strip().lower() != "bytes" or not equals or not all(found):
        return ()
    spans = [
        RangeSpec(int(each[1]) if each[1] else None, int(each[2]) if each[2] else None)
        for each in found
        if each is not None
    ]
    return tuple(spans) if all(map(_is_valid, spans)) else ()


def _is_valid(span: RangeSpec) -> bool:
    if span.first is None:
        return span.last is not None
    return span.last is None or span.first <= span.last
