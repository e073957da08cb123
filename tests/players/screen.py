"""What all players with a screen have: what is seen, and how it is judged."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

FRAMES_PER_SECOND = 25
# On a busy machine a player shows fewer than all frames. A missing segment costs 48
# of them.
_FEWER_THAN_A_SEGMENT = 40
_LOOK_SECONDS = 0.25
_PATIENCE_SECONDS = 30.0
# As long as a segment: viewers do not call a shorter pause a fault.
STANDSTILL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a player reports at one moment."""

    time: float
    """Seconds of media time; each player has its own zero."""
    frames: int
    """Video frames decoded since the start."""
    height: int
    """Of the video, in pixels; 0 before it is known."""
    sound: int
    """A number that grows as long as there is sound."""
    cues: int
    """Known subtitles; -1 if the player does not report them."""
    troubles: Sequence[str]
    """All complaints since the start."""


class Screen(Protocol):
    """A player at work on one stream."""

    async def seen(self) -> Seen:
        """Return what is seen now."""
        ...


@dataclass(frozen=True, slots=True)
class Watched:
    """What was seen over a while."""

    first: Seen
    last: Seen
    seconds: float
    stood: float
    """The longest time, in seconds, without a new frame."""

    @property
    def frames(self) -> int:
        """Frames that were shown during that time."""
        return self.last.frames - self.first.frames

    @property
    def skipped(self) -> float:
        """How much more media time than real time went by, in seconds."""
        return self.last.time - self.first.time - self.seconds

    def noticed(
        self, *, said: bool = True, still: float = STANDSTILL_SECONDS
    ) -> list[str]:
        """Return what a viewer would have noticed; nothing if all was well.

        Unless `said`, the player's complaints do not count. It may stand still for
        `still` seconds.
        """
        played = self.seconds - (still - STANDSTILL_SECONDS)
        wanted = FRAMES_PER_SECOND * played - _FEWER_THAN_A_SEGMENT
        found = [f"said: {trouble}" for trouble in self.last.troubles if said]
        if self.frames < wanted:
            found.append(f"{self.frames} frames in {self.seconds:.0f} s")
        if self.stood > still:
            found.append(f"stood still for {self.stood:.1f} s")
        if self.last.sound <= self.first.sound:
            found.append("no sound")
        return found


async def started(screen: Screen) -> float:
    """Wait until a second was shown; return how long that took, in seconds."""
    began = time.monotonic()
    await _until(screen, lambda seen: seen.frames >= FRAMES_PER_SECOND)
    return time.monotonic() - began


async def watched(screen: Screen, seconds: float) -> Watched:
    """Watch for this long."""
    first = seen = await screen.seen()
    began = moved = time.monotonic()
    stood = 0.0
    while time.monotonic() < began + seconds:
        await asyncio.sleep(_LOOK_SECONDS)
        before, seen = seen, await screen.seen()
        if seen.frames != before.frames:
            moved = time.monotonic()
        stood = max(stood, time.monotonic() - moved)
    return Watched(first, seen, time.monotonic() - began, stood)


async def reached(screen: Screen, seconds: float) -> Seen:
    """Wait until a player shows frames within 10 s after a place, after a seek."""
    enough = (await screen.seen()).frames + FRAMES_PER_SECOND
    return await _until(
        screen,
        lambda seen: -2 < seen.time - seconds < 10 and seen.frames > enough,
    )


async def shows(screen: Screen, height: int) -> Seen:
    """Wait until the video has this height."""
    return await _until(screen, lambda seen: seen.height == height)


async def _until(screen: Screen, holds: Callable[[Seen], bool]) -> Seen:
    """Look repeatedly. Raises TimeoutError with what was seen last."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not holds(seen := await screen.seen()):
        if time.monotonic() > end:
            raise TimeoutError(seen)
        await asyncio.sleep(_LOOK_SECONDS)
    return seen
