"""Which segments a stream has at a given time. Pure.

A segment is exactly 1.92 s long: 48 frames of picture and 90 frames of sound.
"""

from dataclasses import dataclass
from typing import Protocol

TICKS_PER_SECOND = 90_000
SEGMENT_TICKS = 172_800
SEGMENT_SECONDS = SEGMENT_TICKS / TICKS_PER_SECOND
LOOP_SEGMENTS = 10

# Media time begins at 10 s. The program clock of MPEG-TS runs ahead of the frames, and
# must not begin below zero.
START_TICKS = 10 * TICKS_PER_SECOND

LIVE_SEGMENTS = 6
# RFC 8216, section 6.2.2: a removed segment stays available for as long as the playlist
# that contained it. Twice that, so that a slow player does not fail because of the
# origin.
KEPT_SEGMENTS = 3 * LIVE_SEGMENTS


@dataclass(frozen=True, slots=True)
class Window:
    """What a media playlist lists: `count` segments from media sequence `first`."""

    first: int
    count: int
    ended: bool
    began: float | None = None
    """Epoch seconds at which segment 0 began; None for a recording."""

    @property
    def indices(self) -> range:
        """Return the media sequence numbers in the window."""
        return range(self.first, self.first + self.count)

    def discontinuous(self, index: int) -> bool:
        """Return whether the loop starts again with this live segment."""
        return not self.ended and index > 0 and index % LOOP_SEGMENTS == 0

    @property
    def discontinuity_sequence(self) -> int:
        """Return the number of discontinuities that have left the window.

        RFC 8216, section 6.2.2: a discontinuity leaves with the segment that follows
        it.
        """
        return 0 if self.ended else max(0, self.first - 1) // LOOP_SEGMENTS


class Timeline(Protocol):
    """What a programme needs to know about time."""

    def window(self, now: float) -> Window:
        """Return what a playlist lists at `now`, in epoch seconds."""
        ...

    def has(self, index: int, now: float) -> bool:
        """Return whether a segment can be fetched at `now`."""
        ...


@dataclass(frozen=True, slots=True)
class Live:
    """A stream that began at `began` (epoch seconds) and never ends."""

    began: float

    def window(self, now: float) -> Window:
        """Return the last segments that are complete at `now`."""
        complete = self._complete(now)
        count = min(LIVE_SEGMENTS, complete)
        return Window(complete - count, count, ended=False, began=self.began)

    def has(self, index: int, now: float) -> bool:
        """Return whether a segment is complete and not yet removed."""
        complete = self._complete(now)
        return max(0, complete - KEPT_SEGMENTS) <= index < complete

    def _complete(self, now: float) -> int:
        return max(0, int((now - self.began) * TICKS_PER_SECOND) // SEGMENT_TICKS)


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished stream of `segments` segments."""

    segments: int

    def window(self, now: float) -> Window:  # noqa: ARG002 -- a Timeline
        """Return all of the recording, at any time."""
        return Window(0, self.segments, ended=True)

    def has(self, index: int, now: float) -> bool:  # noqa: ARG002 -- a Timeline
        """Return whether this segment exists."""
        return 0 <= index < self.segments


def recording(seconds: float) -> Recording:
    """Return a recording of at least `seconds`."""
    return Recording(-(-round(seconds * TICKS_PER_SECOND) // SEGMENT_TICKS))
