"""Which segments to fetch before a player asks for them.

A player that asks for segment after segment will ask for the next one too. One that
begins, seeks or changes to another rendition may not. So what is fetched ahead grows
with the number of segments that were asked for in a row. Where a player may change to
another rendition, at most one segment is fetched that nobody may ask for.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_FRESH_SEGMENTS = 2.0
"""A player that asked for nothing during so many segments has stopped or has left."""

_MOST_POSITIONS = 8


class Limits(NamedTuple):
    """How much is fetched ahead of each player."""

    segments: int = 0
    """0: nothing."""
    bytes: int = 0


class Step(NamedTuple):
    """A segment that follows, or the init section before it."""

    gap: bool = False
    """Whether it is missing upstream (EXT-X-GAP)."""
    at_hand: bool = False
    """Whether it is kept, or is being fetched."""
    size: int | None = None
    """Its length in bytes, if that is known."""


@dataclass(slots=True, eq=False)
class Position:
    """Where a player is in a rendition, or several players who are in step."""

    number: int
    """The media sequence number of the last segment asked for."""
    at: float
    """When it was asked for, in monotonic seconds."""
    row: int = 1
    """How many segments were asked for in a row."""
    is_led: bool = True
    """Whether anything may be fetched ahead of it: not after another player, or the
    same one, began elsewhere, until its next segment is asked for."""

    target_seconds: float = 0.0
    """The target duration of its playlist."""

    def is_current(self, now: float) -> bool:
        """Return whether its player still plays."""
        return self.is_led and now - self.at <= _FRESH_SEGMENTS * self.target_seconds


@dataclass(slots=True)
class Pace:
    """The positions of players in one run of one rendition."""

    _positions: dict[int, Position] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Position]:
        return iter(self._positions.values())

    def asked(self, number: int, now: float) -> tuple[Position, bool]:
        """Record a request for a segment.

        Return the position, and whether that has changed.
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
        self._positions[number] = found  # the last one, as it was used last
        if len(self._positions) > _MOST_POSITIONS:
            self._lose(next(iter(self._positions)))
        return found, changed

    def _lose(self, number: int) -> None:
        self._positions.pop(number).is_led = False


def most_ahead(row: int, most: int, *, alternatives: bool) -> int:
    """Return how many segments may be there that nobody has asked for yet.

    `row` is the number of segments that were asked for in a row. `alternatives` says
    whether the player may change to another rendition.
    """
    if alternatives:
        # Many players open each rendition and read a segment, to see what is in it.
        return min(most, 1) if row > 1 else 0
    return min(most, row)


def next_step(
    steps: Iterable[Step], *, most_bytes: int, usual_bytes: int
) -> int | None:
    """Return the position of the step to fetch now; None if there is none.

    `most_bytes` counts all steps up to it. `usual_bytes` is the length of one if that
    is not known.
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
