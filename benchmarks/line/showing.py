"""What a player showed, and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

# Shorter waits are the machine's.
_SHORTEST_STALL = 0.1


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of the picture; times are in seconds."""

    due: float
    """On the media's own clock."""
    came: float
    """Since the player started."""


@dataclass(frozen=True, slots=True)
class Showing:
    """One player's figures, in seconds since it started."""

    first: float
    """When the first frame was there."""
    whole: float
    """When all of the media was there."""
    stalls: int
    """How often a player would have stood still, if it starts at the first frame."""
    stood: float
    """For how long, in all."""


def showing(frames: Sequence[Frame], whole: float) -> Showing:
    """Return the figures of a player to which these frames came."""
    behind = frames[0].came - frames[0].due
    stalls, stood = 0, 0.0
    for frame in frames:
        late = frame.came - frame.due - behind
        if late > _SHORTEST_STALL:
            stalls += 1
            stood += late
            behind += late
    return Showing(frames[0].came, whole, stalls, stood)
