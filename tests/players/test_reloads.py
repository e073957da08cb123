"""FFmpeg, VLC and hls.js play while the configuration changes ten times.

Each change concerns the stream that plays: it gets another token source each time.
One of the files is broken.
"""

import asyncio
import shutil
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar

import pytest

from proxy.demo.media import Container
from tests.end_to_end.player import play
from tests.end_to_end.stage import Stage, stage
from tests.players.conftest import STYLES, Opened
from tests.players.screen import started, watched
from tests.players.vlc import vlc
from tests.players.web_page import page_origin, web_page

SECONDS = 31
RELOADS = 10
# A live stream is loaded some segments ahead: FFmpeg is done after about 25 s.
BETWEEN_SECONDS = 2.0
BROKEN = 5
"""Which of the files is broken."""

FRAMES = 25 * SECONDS
# A busy machine makes it this late.
LAG_SECONDS = 1.0
P360 = {"with": "hls.js", "height": "360"}
CASE = "10 reloads"
T = TypeVar("T")

pytestmark = pytest.mark.parametrize("style", STYLES)


async def through_reloads(set_up: Stage, watching: Coroutine[object, object, T]) -> T:
    """Return the result of watching while the configuration changes."""
    program = set_up.program
    text = program.config.read_text()
    seen = asyncio.create_task(watching)
    began = time.monotonic()
    try:
        for number in range(RELOADS):
            due = began + BETWEEN_SECONDS * (number + 1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            # No two of them are the same: every stream is replaced every time.
            changed = text.replace("lifetime = 5", f"lifetime = 5.{number + 1}")
            assert changed != text
            await program.reload(changed + ("[server" if number == BROKEN else ""))
        assert not seen.done()
        return await seen
    finally:
        seen.cancel()


def outcomes(set_up: Stage) -> tuple[int, int]:
    """Return how many reloads were applied and refused, according to the log."""
    log = b"".join(set_up.program.log)
    return log.count(b'"outcome":"applied"'), log.count(b'"configuration refused"')


@pytest.mark.parametrize("kind", ["live", "vod"])
async def test_ffmpeg(style: str, kind: str, cells: Opened, tmp_path: Path) -> None:
    """Every frame arrives in time, without a complaint about the network."""
    program = shutil.which("ffmpeg")
    assert program, "FFmpeg is not installed"
    saw = cells("FFmpeg, system's", style, f"{kind}, {CASE}")
    async with stage(tmp_path, Container.TS) as set_up:
        url, paced = set_up.untapped(f"{style}-{kind}"), kind == "vod"
        played = await through_reloads(
            set_up, play(url, SECONDS, paced=paced, program=program)
        )
        found = outcomes(set_up)
    assert found == (RELOADS - 1, 1)
    assert (played.exit_code, played.gaps) == (0, 0)
    assert played.frames[:2] == [FRAMES] * 2
    assert played.lag < LAG_SECONDS
    saw(f"{kind}, {CASE}", f"{played.frames[0]} frames")


async def test_vlc(style: str, cells: Opened, tmp_path: Path) -> None:
    """A viewer notices nothing, and it reports nothing."""
    saw = cells("VLC", style, f"live, {CASE}")
    async with (
        stage(tmp_path, Container.TS) as set_up,
        vlc(set_up.untapped(f"{style}-live")) as screen,
    ):
        await started(screen)
        live = await through_reloads(set_up, watched(screen, SECONDS))
        found = outcomes(set_up)
    assert found == (RELOADS - 1, 1)
    assert live.noticed() == []
    saw(f"live, {CASE}", f"{live.frames} frames")


async def test_hls_js(style: str, cells: Opened, tmp_path: Path) -> None:
    """The same, in Chromium."""
    saw = cells("hls.js", style, f"live, {CASE}")
    async with (
        page_origin() as origin,
        stage(tmp_path, Container.TS, page_origin=origin) as set_up,
        web_page(origin, set_up.untapped(f"{style}-live"), P360) as screen,
    ):
        await started(screen)
        live = await through_reloads(set_up, watched(screen, SECONDS))
        found = outcomes(set_up)
    assert found == (RELOADS - 1, 1)
    assert live.noticed() == []
    saw(f"live, {CASE}", f"{live.frames} frames")
