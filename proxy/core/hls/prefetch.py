"""Decides which segments to fetch before a player requests them.

A player that requests segment after segment will request the next one too. A player
that starts, seeks or changes to another rendition may not. So more is fetched ahead
when more segments were requested in a row. If the player may change to another
rendition, only one segment is fetched ahead, so at most one is fetched in vain.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from typing import NamedTuple

_FRESH_SEGMENTS = 2.0
"""A player without a request for the duration of this many segments has stopped."""

_MOST_POSITIONS = 8

_MOST_SEGMENTS = 12
"""However short they are: each one costs a request."""


class PrefetchLimits(NamedTuple):
    """How much is fetched ahead of each player."""

    segments: int = 0
    """The number of segments; 0 if nothing is fetched ahead."""
    bytes: int = 0
    seconds: float = 0.0
    """More segments are fetched if these play for less than this."""

    def most(self, target_seconds: float) -> int:
        """Return how many segments of a target duration may be fetched ahead."""
        if not self.segments or target_seconds <= 0:
            return self.segments
        enough = math.ceil(self.seconds / target_seconds)
        return max(self.segments, min(enough, _MOST_SEGMENTS))


class Step(NamedTuple):
    """A segment that may be fetched ahead, or its init section."""

    gap: bool = False
    """Whether it is missing upstream (EXT-X-GAP)."""
    at_hand: bool = False
    """Whether it is kept, or is being fetched."""
    size: int | None = None
    """Its length in bytes, if that is known."""


@dataclass(slots=True, eq=False)
class Position:
    """The position in a rendition of one player, or of several that play in step."""

    number: int
    """The media sequence number of the last segment that was requested."""
    at: float
    """When it was requested, in monotonic seconds."""
    _: KW_ONLY
    row: int = 1
    """How many segments were requested in a row."""
    is_led: bool = True
    """Whether segments may be fetched ahead of it. False after any player started at
    another position, until the next segment here is requested."""

    target_seconds: float = 0.0
    """The target duration of its playlist."""

    def is_current(self, now: float) -> bool:
        """Return whether its player still plays."""
        return self.is_led and now - self.at <= _FRESH_SEGMENTS * self.target_seconds


@dataclass(slots=True)
class Positions:
    """The positions of players in one run of one rendition."""

    _positions: dict[int, Position] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Position]:
        return iter(self._positions.values())

    def asked(self, number: int, now: float) -> tuple[Position, bool]:
        """Record a request for a segment.

        Return the position, and whether it has changed.
        """
        found = self._positions.pop(number, None)
        if found is not None:
            changed = not found.is_led
        else:
            changed = True
            before = self._positions.pop(number - 1, None)
            found = before or Position(number, now, row=0)
            found.row += 1
        found.number, found.at, found.is_led = number, now, True
        self._positions[number] = found  # at the end, as the most recently used
        if len(self._positions) > _MOST_POSITIONS:
            self._lose(next(iter(self._positions)))
        return found, changed

    def _lose(self, number: int) -> None:
        self._positions.pop(number).is_led = False


def most_ahead(row: int, most: int, *, alternatives: bool) -> int:
    """Return how many segments may be fetched ahead of the last requested one.

    `row` is the number of segments that were requested in a row. `alternatives` says
    whether the player may change to another rendition.
    """
    if alternatives:
        # Many players read one segment of each rendition, to see what it contains.
        return min(most, 1) if row > 1 else 0
    return min(most, row)


def next_step(
    steps: Iterable[Step], *, most_bytes: int, usual_bytes: int
) -> int | None:
    """Return the index of the step to fetch now; None if there is none.

    `most_bytes` limits the total length of all steps up to it. `usual_bytes` is assumed
    for a step of unknown length.
    """
    total = 0
    for at, step in enumerate(steps):
        if step.gap:
            return None
        total += usual_bytes if step.size is None else step.size
        if total > most_bytes:
            return None
        if not step.at_hand:
            return at
    return None
