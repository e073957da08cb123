"""Plays with FFmpeg, and sees when each frame is decoded."""

import asyncio
from collections.abc import Sequence
from fractions import Fraction

import imageio_ffmpeg

from benchmarks.line.media import SECONDS
from benchmarks.line.showing import Frame, Showing, showing
from proxy.clock import Clock
from proxy.errors import StartError

_PATIENCE_SECONDS = 120.0
_TIMEBASE = b"#tb 0: "


async def play(
    url: str,
    prefix: Sequence[str],
    *,
    clock: Clock,
    seconds: float = SECONDS,
    paced: bool = False,
) -> Showing:
    """Play all the seconds of it; `prefix` comes before the command.

    If `paced`, as fast as it plays, and as far ahead as FFmpeg does by itself.

    Raises StartError if not all of it came.
    """
    options = ["-nostdin", "-loglevel", "error"]
    if paced:
        options.append("-re")
    if url.startswith("https:"):
        options += ("-tls_verify", "0")  # the origin's certificate is its own
    # framecrc prints a line for each frame.
    wanted = ("-map", "0:v:0", "-f", "framecrc", "-flush_packets", "1", "-")
    program = imageio_ffmpeg.get_ffmpeg_exe()
    began = clock.mono()
    process = await asyncio.create_subprocess_exec(
        *(*prefix, program, *options, "-i", url, *wanted),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    frames, unit = list[Frame](), Fraction(1, 25)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            async for line in process.stdout:
                if line.startswith(_TIMEBASE):
                    unit = Fraction(line.removeprefix(_TIMEBASE).decode().strip())
                elif not line.startswith(b"#"):
                    due = float(int(line.split(b",")[2]) * unit)
                    frames.append(Frame(due, clock.mono() - began))
    except BaseException:
        process.kill()
        raise
    finally:
        await process.wait()
    if not frames or frames[-1].due - frames[0].due < seconds - 1:
        raise StartError(f"FFmpeg showed {len(frames)} frames only")
    return showing(frames, frames[-1].came)
