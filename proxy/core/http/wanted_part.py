"""Which part of a resource a player wants, if its request may be shared.

A request that depends on what the player has already is its own: one with validators,
or with If-Range. So is one for several ranges, which no player needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Ranges, RangeSpec

_VALIDATORS = ("If-None-Match", "If-Modified-Since", "If-Range")
_CONDITIONS = ("Range", *_VALIDATORS)


@dataclass(frozen=True, slots=True)
class Wish:
    """A part of a resource, by default all of it."""

    range: RangeSpec | None = None

    @property
    def whole(self) -> bool:
        """Whether it is all of the resource, perhaps written as `bytes=0-`."""
        return self.range is None or (self.range.first == 0 and self.range.last is None)

    @property
    def span(self) -> tuple[int, int | None] | None:
        """The positions of its first byte and after its last one, which may be open.

        None for all of the resource, and for its last bytes, whose position depends on
        its length.
        """
        if self.range is None or self.range.first is None:
            return None
        last = self.range.last
        return self.range.first, None if last is None else last + 1


ALL = Wish()


def conditions(headers: Mapping[str, str]) -> Fields:
    """Return the fields that say what a player has, and which part it wants.

    `headers` must ignore the case of names.
    """
    return tuple((name, headers[name]) for name in _CONDITIONS if name in headers)


def wish_of(fields: Fields) -> Wish | None:
    """Return what a request with these `conditions` wants; None if it is its own."""
    if not fields:
        return ALL
    if any(name in _VALIDATORS for name, _ in fields):
        return None
    ranges = Ranges.of(fields)
    return None if ranges.odd else Wish(ranges.spans[0])
