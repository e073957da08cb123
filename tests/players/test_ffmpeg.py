"""FFmpeg, the newest and the system's, decodes all renditions of a stream at once.

It has no screen and no controls. It does not switch: it plays every rendition. It
seeks when it is told to play a recording again from its beginning.
"""

import asyncio
import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import pytest

from proxy.demo.media import Container
from tests.end_to_end.player import Played, play
from tests.end_to_end.stage import Stage, stage
from tests.players.conftest import STYLES, Opened

# Six lifetimes of a token, nearly four of a signed child.
SECONDS = 31
FRAMES = 25 * SECONDS
# Two seeks back within that time, both to children that have expired by then.
LOOP_SECONDS = 16
# FFmpeg loses a segment that breaks off, because it asks only once. If connections are
# refused it runs through the rest of a recording at once, so the socket outlives the
# program.
LOST_FRAMES = 48
# At a seek it may drop the frames that are not independent.
DROPPED_FRAMES = 10
# What FFmpeg reports for every such stream, from any server: it reads the init section
# again at each reload; before version 7 it knows no subtitles.
WELL_KNOWN = ("Found duplicated MOOV Atom", "Can't support the subtitle")
# For every idle connection that was closed; it opens another.
CLOSED = "Error reading HTTP response: End of file"
# A busy machine makes it this late.
LAG_SECONDS = 1.0
# And a restart, while it waits.
RESTART_SECONDS = 10.0

PROGRAMS = {
    "FFmpeg, newest": imageio_ffmpeg.get_ffmpeg_exe(),
    "FFmpeg, system's": shutil.which("ffmpeg") or "",
}
pytestmark = [
    pytest.mark.parametrize("style", STYLES),
    pytest.mark.parametrize("player", PROGRAMS),
]


def title(player: str) -> str:
    """Return a player's name with its version."""
    program = PROGRAMS[player]
    assert program, "FFmpeg is not installed"
    said = subprocess.run([program, "-version"], check=True, capture_output=True)
    return f"FFmpeg {said.stdout.split()[2].decode().partition('-')[0]}"


def complaints(played: Played) -> list[str]:
    """Return its complaints, except those about any such stream."""
    lines = played.complaints.splitlines()
    return [line for line in lines if not any(known in line for known in WELL_KNOWN)]


async def on(set_up: Stage, player: str, stream: str, *options: str) -> Played:
    """Play a stream, a recording in real time."""
    return await play(
        set_up.untapped(stream),
        SECONDS,
        *options,
        paced=stream.endswith("vod"),
        program=PROGRAMS[player],
    )


def whole(played: Played) -> None:
    """Require that it is complete and in time, without complaints."""
    assert (played.exit_code, complaints(played)) == (0, [])
    complete(played)
    assert played.lag < LAG_SECONDS


def complete(played: Played) -> None:
    """Require every frame of both videos, and the sound."""
    assert played.frames[:2] == [FRAMES] * 2
    assert played.frames[2] == pytest.approx(48_000 / 1024 * SECONDS, abs=2)
    assert played.gaps == 0


async def test_live(player: str, style: str, cells: Opened, tmp_path: Path) -> None:
    """A clear and an encrypted video and the sound, live in MPEG-TS."""
    saw = cells(title(player), style, "live", "AES-128")
    async with stage(tmp_path, Container.TS) as set_up:
        played = await on(set_up, player, f"{style}-live")
    whole(played)
    saw("live", f"{played.frames[0]} frames")
    saw("AES-128", f"{played.frames[1]} frames")


async def test_recording(
    player: str, style: str, cells: Opened, tmp_path: Path
) -> None:
    """The same from a recording in fragmented MP4, with the sound apart."""
    saw = cells(title(player), style, "VOD", "fMP4, sound apart")
    async with stage(
        tmp_path, Container.FMP4, bearer_container=Container.FMP4
    ) as set_up:
        played = await on(set_up, player, f"{style}-vod")
    whole(played)
    saw("VOD", f"{played.frames[0]} frames")
    saw("fMP4, sound apart", f"{played.frames[2]} frames")


async def test_seeking(player: str, style: str, cells: Opened, tmp_path: Path) -> None:
    """At its end it begins again, with the playlist that it read at first."""
    saw = cells(title(player), style, "seek")
    again = ("-stream_loop", "-1")
    # Before version 7 it does not seek in fMP4, from any server.
    ts = Container.TS
    async with stage(
        tmp_path, ts, vod_container=ts, vod_seconds=LOOP_SECONDS
    ) as set_up:
        played = await on(set_up, player, f"{style}-vod", *again)
    assert played.exit_code == 0
    assert played.frames[0] == pytest.approx(FRAMES, abs=DROPPED_FRAMES)
    saw("seek", f"2 x back, {played.frames[0]} frames")


@pytest.mark.parametrize("kind", ["live", "vod"])
async def test_restart(
    player: str, style: str, kind: str, cells: Opened, tmp_path: Path
) -> None:
    """The proxy is stopped and restarted on its socket; nothing is lost."""
    case = {"live": "live, restart", "vod": "restart"}[kind]
    saw = cells(title(player), style, case)
    async with stage(tmp_path, Container.TS, supervised=True) as set_up:
        playing = asyncio.create_task(on(set_up, player, f"{style}-{kind}"))
        await asyncio.sleep(SECONDS / 3)
        await set_up.program.restart(kindly=True)
        played = await playing
    assert played.exit_code == 0
    assert [line for line in complaints(played) if CLOSED not in line] == []
    complete(played)
    assert played.lag < RESTART_SECONDS
    saw(case, f"{played.frames[0]} frames")


async def test_killed(player: str, style: str, cells: Opened, tmp_path: Path) -> None:
    """The proxy is killed and restarted on its socket."""
    saw = cells(title(player), style, "killed")
    async with stage(tmp_path, Container.TS, supervised=True) as set_up:
        playing = asyncio.create_task(on(set_up, player, f"{style}-vod"))
        await asyncio.sleep(SECONDS / 3)
        await set_up.program.restart()
        played = await playing
    assert played.exit_code == 0
    assert played.frames[0] >= FRAMES - LOST_FRAMES
    saw("killed", f"{played.frames[0]} frames")
