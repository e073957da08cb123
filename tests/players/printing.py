"""Players without an interface that print each frame: ffplay and GStreamer."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

from tests.players.screen import Seen

_STOP_SECONDS = 10.0
_KEPT_TROUBLES = 20


@dataclass(frozen=True, slots=True)
class Tongue:
    """How to read a player's output."""

    picture: re.Pattern[str]
    """A video frame; its media time is the group `time`."""
    sound: re.Pattern[str]
    trouble: re.Pattern[str]
    environ: Mapping[str, str] = field(default_factory=dict)


FFPLAY = Tongue(
    picture=re.compile(r"Parsed_showinfo.* pts_time:(?P<time>[\d.:]+)"),
    sound=re.compile(r"Parsed_ashowinfo.* pts_time:"),
    trouble=re.compile(
        r"\[(?:hls|http|tcp|mpegts)\S* @.*\b(?:error|failed|expired|skipping)\b.*",
        re.IGNORECASE,
    ),
    # It needs a screen and a loudspeaker.
    environ={"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"},
)
GSTREAMER = Tongue(
    picture=re.compile(r"picture: last-message = chain.* pts: (?P<time>[\d.:]+)"),
    sound=re.compile(r"sound: last-message = chain"),
    # "buffering... 63%" ends with a carriage return.
    trouble=re.compile(r"(?:^|(?<=\r))(?:ERROR|WARNING).*|Got EOS.*"),
)


def ffplay(url: str) -> Sequence[str]:
    """Return a command that plays a stream in ffplay."""
    return ("ffplay", "-hide_banner", "-vf", "showinfo", "-af", "ashowinfo", url)


def gstreamer(url: str) -> Sequence[str]:
    """Return a command that plays a stream in GStreamer's playbin3, as its players do.

    A pipeline of hlsdemux and sinks is not a player: after a slow segment it changes
    the rendition, nothing takes the new pads, and it ends.
    """
    sink = "fakesink sync=true silent=false name="
    return (
        "gst-launch-1.0",
        "-v",
        "playbin3",
        f"uri={url}",
        # No text: showing it needs a plugin that is not installed.
        "flags=video+audio+soft-volume",
        f"video-sink=video/x-raw ! {sink}picture",
        f"audio-sink=audio/x-raw ! {sink}sound",
    )


class Printing:
    """A running player, as seen in its output."""

    def __init__(self, tongue: Tongue) -> None:
        self._tongue = tongue
        self._time = 0.0
        self._frames = 0
        self._sound = 0
        self._troubles: list[str] = []

    async def seen(self) -> Seen:
        """Return what is seen now."""
        return Seen(
            time=self._time,
            frames=self._frames,
            height=0,
            sound=self._sound,
            cues=-1,
            troubles=tuple(self._troubles),
        )

    async def listen(self, lines: asyncio.StreamReader) -> None:
        """Record all its output until it ends."""
        while line := (await lines.readline()).decode(errors="replace"):
            self._note(line)
        self._troubles.append("it ended")

    def _note(self, line: str) -> None:
        if found := self._tongue.picture.search(line):
            self._frames += 1
            self._time = _seconds(found["time"])
        elif self._tongue.sound.search(line):
            self._sound += 1
        elif found := self._tongue.trouble.search(line):
            self._troubles = [*self._troubles, found[0]][:_KEPT_TROUBLES]


@contextlib.asynccontextmanager
async def printing(command: Sequence[str], tongue: Tongue) -> AsyncIterator[Printing]:
    """Run a player while the block lasts."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "HOME": home, **tongue.environ},
        )
        assert process.stdout
        one = Printing(tongue)
        listening = asyncio.create_task(one.listen(process.stdout), name=command[0])
        try:
            yield one
        finally:
            await end(process)
            await listening


async def end(process: asyncio.subprocess.Process) -> None:
    """Tell a player to stop, and make sure that it does."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _seconds(text: str) -> float:
    """Read a number of seconds, or hours, minutes and seconds."""
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total
