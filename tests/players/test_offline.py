"""Players loop a recording from the disk, offline, after a restart of the proxy.

It was fetched by `prefetch`, while the proxy ran with the same folder.
"""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from proxy.demo.media import Container
from tests.end_to_end.player import play
from tests.end_to_end.stage import ROOT, Stage, stage
from tests.lines.gate import State
from tests.players.conftest import Opened
from tests.players.screen import Screen, started
from tests.players.test_ffmpeg import DROPPED_FRAMES, PROGRAMS
from tests.players.vlc import vlc
from tests.players.web_page import page_origin, web_page

STREAM = "bearer-vod"
VOD_SECONDS = 12.0
# The demo repeats its media completely.
FRAMES = 336
LOOPS = 3
LOOK_SECONDS = 0.2
# VLC opens the stream again for each loop.
STANDSTILL_SECONDS = 3.0
PATIENCE_SECONDS = 90.0
SCREENS = ("Chromium", "VLC", "hls.js")


@asynccontextmanager
async def offline(folder: Path, page: str = "") -> AsyncIterator[Stage]:
    """Set up a stage whose recording is on the disk, and whose origin is gone."""
    kept = f'\n[store]\ndir = "{folder / "kept"}"\n'
    async with stage(
        folder,
        Container.TS,
        page_origin=page,
        bind=lambda port: socket.create_server(("127.0.0.1", port)),
        more=f'{kept}[streams.{STREAM}.store]\ntrust = "playlist"\n',
        vod_seconds=VOD_SECONDS,
        encrypted=frozenset(),
    ) as set_up:
        await prefetch(set_up)
        await set_up.gate.change(State.REFUSED)
        await set_up.program.restart()
        asked = set_up.origin.record().requests
        yield set_up
        assert set_up.origin.record().requests == asked


async def prefetch(set_up: Stage) -> None:
    """Fetch the recording with the command."""
    program = set_up.program
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "proxy", "prefetch"),
        *("--config", str(program.config), STREAM),
        env=program.environ,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    assert b"plays offline" in said


@pytest.mark.parametrize("player", PROGRAMS)
async def test_ffmpeg(player: str, cells: Opened, tmp_path: Path) -> None:
    """Every frame of each loop."""
    saw = cells(player, "bearer", "loop offline")
    seconds = LOOPS * FRAMES / 25
    async with offline(tmp_path) as set_up:
        played = await play(
            set_up.untapped(STREAM),
            seconds,
            *("-stream_loop", "-1"),
            paced=False,
            program=PROGRAMS[player],
        )
    assert played.exit_code == 0
    assert played.frames[0] == pytest.approx(LOOPS * FRAMES, abs=DROPPED_FRAMES)
    saw("loop offline", f"{LOOPS} x, {played.frames[0]} frames")


@pytest.mark.parametrize("player", SCREENS)
async def test_screens(player: str, cells: Opened, tmp_path: Path) -> None:
    """They begin again by themselves, and never stand still."""
    saw = cells(player, "bearer", "loop offline")
    async with (
        page_origin() as page,
        offline(tmp_path, page) as set_up,
        screen_of(player, set_up.untapped(STREAM), page) as screen,
    ):
        await started(screen)
        stood = await looped(screen)
    assert stood < STANDSTILL_SECONDS
    saw("loop offline", f"{LOOPS} x, {stood:.1f} s still at most")


def screen_of(player: str, url: str, page: str) -> AbstractAsyncContextManager[Screen]:
    """Play a stream in a loop."""
    if player == "VLC":
        return vlc(url, "--loop")
    engine = "hls.js" if player == "hls.js" else "itself"
    return web_page(page, url, {"with": engine, "height": "360", "loop": "yes"})


async def looped(screen: Screen) -> float:
    """Watch until it has begun again this often; return how long it stood still."""
    loops, stood, before = 0, 0.0, await screen.seen()
    moved = began = time.monotonic()
    while loops < LOOPS:
        await asyncio.sleep(LOOK_SECONDS)
        seen, now = await screen.seen(), time.monotonic()
        assert now < began + PATIENCE_SECONDS, (loops, seen)
        loops += seen.time < before.time - VOD_SECONDS / 2
        if seen.frames != before.frames:
            moved = now
        stood, before = max(stood, now - moved), seen
    return stood
