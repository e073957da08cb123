"""FFmpeg as a player: it decodes everything it gets, and reports what it got."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import pairwise

import imageio_ffmpeg

_LAG = re.compile(r"Resumed reading .* after a lag of ([0-9.]+)s")
# Refers to the line before it.
_REPEATED = "Last message repeated"


@dataclass(frozen=True, slots=True)
class Played:
    """How a stream played, as the player saw it."""

    exit_code: int
    complaints: str
    """What it printed at level warning or worse, except lags."""
    _: KW_ONLY
    frames: Sequence[int]
    """The number of decoded frames by track: videos first, then audio."""
    gaps: int
    """The number of frames that did not begin where the previous one ended."""
    lag: float
    """How far it was behind real time at most, in seconds, if it was paced.

    A slow machine makes it as late as a slow stream does. Before version 7 it does not
    report this.
    """


async def play(
    url: str, seconds: float, *options: str, paced: bool, program: str = ""
) -> Played:
    """Decode every video and audio track for this long; `paced` means in real time.

    `program` is an FFmpeg; by default the one of imageio-ffmpeg.
    """
    process = await asyncio.create_subprocess_exec(
        *(program or imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin"),
        *("-v", "warning", *options, *(["-re"] if paced else [])),
        *("-i", url, "-t", str(seconds), "-map", "0:v", "-map", "0:a"),
        *("-fps_mode", "passthrough", "-f", "framemd5", "-"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    frames, complaints = await process.communicate()
    assert process.returncode is not None
    return _played(process.returncode, complaints.decode(), frames.decode())


def _played(exit_code: int, complaints: str, report: str) -> Played:
    """Read a framemd5 report: track, dts, pts, duration, size, hash."""
    tracks: dict[str, list[tuple[int, int]]] = {}
    for line in report.splitlines():
        if not line.startswith("#"):
            track, _, pts, duration, *_ = (part.strip() for part in line.split(","))
            tracks.setdefault(track, []).append((int(pts), int(duration)))
    gaps = sum(
        start + length != following
        for frames in tracks.values()
        for (start, length), (following, _) in pairwise(frames)
    )
    counts = [len(tracks[track]) for track in sorted(tracks)]
    lag, others = _lag(complaints)
    return Played(exit_code, others, frames=counts, gaps=gaps, lag=lag)


def _lag(complaints: str) -> tuple[float, str]:
    """Return the longest lag, and the other complaints."""
    longest, others, lags = 0.0, list[str](), False
    for line in complaints.splitlines():
        found = _LAG.search(line)
        lags = found is not None or (lags and _REPEATED in line)
        longest = max(longest, float(found[1])) if found else longest
        if not lags:
            others.append(line)
    return longest, "\n".join(others)
