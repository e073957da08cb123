"""Which parts a low-latency stream has at a given time. Pure.

A part is a fourth of a segment, 0.48 s. It is available as soon as it is complete.
"""

from dataclasses import dataclass
from typing import NamedTuple

from proxy.demo.cut_fmp4 import PARTS_PER_SEGMENT
from proxy.demo.timeline import SEGMENT_TICKS, TICKS_PER_SECOND, Window

PART_TICKS = SEGMENT_TICKS // PARTS_PER_SEGMENT
PART_SECONDS = PART_TICKS / TICKS_PER_SECOND

# Half a minute: long enough that a delta update has something to skip.
LISTED_SEGMENTS = 16
KEPT_SEGMENTS = 2 * LISTED_SEGMENTS
# Added to the time at which a part is complete. Otherwise a rounding error could make
# the part incomplete at exactly the time computed for it.
_ROUNDING_SECONDS = 0.001


class Spot(NamedTuple):
    """A part: its segment's media sequence number, and its index in the segment."""

    segment: int
    part: int

    @property
    def number(self) -> int:
        """Return the number of parts before this one."""
        return self.segment * PARTS_PER_SEGMENT + self.part


def spot(number: int) -> Spot:
    """Return the part that has this many parts before it."""
    return Spot(*divmod(number, PARTS_PER_SEGMENT))


@dataclass(frozen=True, slots=True)
class PartTimeline:
    """A stream that began at `began` (epoch seconds)."""

    began: float
    stops_at: float | None = None
    """When its encoder stops without notice; None: never."""

    def next(self, now: float) -> Spot:
        """Return the part in progress at `now`: the first one that is not complete."""
        reached = now if self.stops_at is None else min(now, self.stops_at)
        ticks = int((reached - self.began) * TICKS_PER_SECOND)
        return spot(max(0, ticks) // PART_TICKS)

    def complete_at(self, part: Spot) -> float | None:
        """Return the epoch seconds at which a part is complete; None: never."""
        ends = self.began + (part.number + 1) * PART_SECONDS + _ROUNDING_SECONDS
        return None if self.stops_at is not None and ends > self.stops_at else ends

    def window(self, now: float) -> Window:
        """Return the last segments that are complete at `now`."""
        complete = self.next(now).segment
        count = min(LISTED_SEGMENTS, complete)
        return Window(complete - count, count, ended=False, began=self.began)

    def has(self, part: Spot, now: float) -> bool:
        """Return whether a part is complete and not yet removed."""
        edge = self.next(now)
        return part < edge and part.segment >= edge.segment - KEPT_SEGMENTS
