"""Whether a partial answer is the part that was asked for (RFC 9110, section 14).

VLC takes a part that is not exactly the one it asked for as an error; hls.js and FFmpeg
play it, in the wrong place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from proxy.core.http.headers import Fields

# 19 digits hold 2^63: no number grows without bounds.
_CONTENT_RANGE = re.compile(
    r"bytes ([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\*)", re.IGNORECASE
)
_UNSATISFIED = re.compile(r"bytes \*/([0-9]{1,19})", re.IGNORECASE)
_SPAN = re.compile(r"[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*")
_MULTIPART = "multipart/"
_RANGES = frozenset({"range", "if-range"})

MOST_SKIPPED = 32 * 1024 * 1024
"""What is read and thrown away to cut a piece out of a whole: some seconds on a usual
line. From further behind a player gets the whole, as RFC 9110 allows."""


class Part(NamedTuple):
    """What a Content-Range says is in the body."""

    start: int
    end: int
    """Where the byte after the last one stands."""
    total: int | None
    """The length of the whole, where it is told."""

    @classmethod
    def of(cls, content_range: str) -> Self | None:
        """Return it; None for one that is malformed or contradicts itself."""
        found = _CONTENT_RANGE.fullmatch(content_range)
        if found is None:
            return None
        total = None if found[3] == "*" else int(found[3])
        part = cls(int(found[1]), int(found[2]) + 1, total)
        inside = total is None or part.end <= total
        return part if part.start < part.end and inside else None

    @property
    def is_whole(self) -> bool:
        """Whether it is all there is, of a length that is known."""
        return self.start == 0 and self.end == self.total


class RangeSpec(NamedTuple):
    """One range of a request: `first-last`, `first-` or `-length`."""

    first: int | None
    last: int | None

    def within(self, total: int) -> tuple[int, int] | None:
        """Return start and end of it in a whole of this length; None: outside."""
        if self.first is None:
            start, end = max(0, total - (self.last or 0)), total
        else:
            start = self.first
            end = total if self.last is None else min(self.last + 1, total)
        return (start, end) if start < end else None

    def is_answered_by(self, part: Part) -> bool:
        """Tell whether a part is exactly what this asks for."""
        if part.total is not None:
            return self.within(part.total) == part[:2]
        if self.first is None:
            return part.end - part.start <= (self.last or 0)
        # The length may not be known yet: a part that is still being made.
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


@dataclass(frozen=True, slots=True)
class Ranges:
    """What a request asks for."""

    asked: bool = False
    """Whether it asks for a part at all."""
    spans: tuple[RangeSpec, ...] = ()
    """Empty where nobody can tell which: another unit, or malformed."""
    validator: str | None = field(default=None, repr=False)
    """Of which version (If-Range)."""

    @classmethod
    def of(cls, fields: Fields) -> Self:
        """Return what a request with these fields asks for."""
        named = {name.lower(): value for name, value in fields}
        if "range" not in named:
            return cls()
        return cls(
            asked=True, spans=_spans(named["range"]), validator=named.get("if-range")
        )

    @property
    def odd(self) -> bool:
        """Whether it is more than one range of bytes, or none that can be read.

        No player needs such a one, and servers may ignore it (section 14.2).
        """
        return self.asked and len(self.spans) != 1

    def is_answered_by(self, headers: Mapping[str, str], length: int | None) -> bool:
        """Tell whether a 206 with these fields is what was asked for.

        Names are looked up without regard to case; `length` is the declared one. The
        whole, as one part, answers a request for no part.
        """
        many = headers.get("Content-Type", "").lower().startswith(_MULTIPART)
        if many:
            # Section 15.3.7.2: one range is never answered by several.
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
        """Tell whether a 416 with this Content-Range may be true."""
        if not self.asked:
            return False
        found = _UNSATISFIED.fullmatch(content_range)
        if found is None:
            return True  # it says nothing that could be wrong
        return not any(span.within(int(found[1])) for span in self.spans)

    def is_outside(self, total: int) -> bool:
        """Tell whether a whole of this length has nothing of what was asked for."""
        return bool(self.spans) and not any(s.within(total) for s in self.spans)

    def piece(self, headers: Mapping[str, str], length: int | None) -> Extent | None:
        """Return what to cut out of a 200 with these fields; None: leave it whole.

        A whole of unknown length is taken to hold what was asked for: whoever reads it
        finds out.
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
            return None  # RFC 8673: "from here on", in very large numbers
        return Extent(*cut, length)

    def _is_another_version(self, headers: Mapping[str, str]) -> bool:
        if self.validator is None:
            return False
        if self.validator.startswith('"'):
            return headers.get("ETag", self.validator) != self.validator
        return headers.get("Last-Modified", self.validator) != self.validator


def without_ranges(fields: Fields) -> Fields:
    """Return fields of a request that asks for the whole."""
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
