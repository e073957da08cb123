"""VLC plays live streams and recordings, and notices neither tokens nor a restart."""

from pathlib import Path

import pytest

from proxy.demo.media import Container
from tests.end_to_end.stage import stage
from tests.players.conftest import STYLES, Opened
from tests.players.screen import reached, shows, started, watched
from tests.players.vlc import vlc

# Six lifetimes of a token, nearly four of a signed child.
SECONDS = 31
# VLC only measures downloads that take time: a segment of 20 kB at this speed.
BYTES_PER_SECOND = 60_000
# On that line its buffer is almost empty.
SETTLE_SECONDS = 6

pytestmark = pytest.mark.parametrize("style", STYLES)


async def test_live(style: str, cells: Opened, tmp_path: Path) -> None:
    """In MPEG-TS. It ends if it cannot connect, so the socket outlives a restart."""
    saw = cells("VLC", style, "live", "live, restart")
    async with (
        stage(tmp_path, Container.TS, supervised=True) as set_up,
        vlc(set_up.untapped(f"{style}-live")) as screen,
    ):
        await started(screen)
        live = await watched(screen, SECONDS)
        assert live.noticed() == []
        saw("live", f"{live.frames} frames")
        await set_up.program.restart()
        again = await watched(screen, SECONDS / 3)
    assert again.noticed(said=False) == []
    saw("live, restart", f"{again.frames} frames")


async def test_recording(style: str, cells: Opened, tmp_path: Path) -> None:
    """In fragmented MP4, sound and subtitles apart: seeking, and a restart."""
    saw = cells("VLC", style, "VOD", "fMP4, sound and text apart", "seek", "restart")
    async with (
        stage(tmp_path, Container.TS, bearer_container=Container.FMP4) as set_up,
        vlc(set_up.untapped(f"{style}-vod")) as screen,
    ):
        await started(screen)
        vod = await watched(screen, SECONDS)
        assert vod.noticed() == []
        assert vod.last.cues == 1
        saw("VOD", f"{vod.frames} frames")
        saw("fMP4, sound and text apart", f"{vod.last.sound} buffers of sound")
        # Far ahead, then back: the signatures of both expired long ago.
        for place in (100, 3):
            await screen.seek(place)
            await reached(screen, place)
            assert (await watched(screen, 6)).noticed() == []
        saw("seek", "to 100 s and 3 s")
        await set_up.program.restart()
        again = await watched(screen, SECONDS / 3)
    assert again.noticed(said=False) == []
    saw("restart", f"{again.frames} frames")


async def test_encrypted(style: str, cells: Opened, tmp_path: Path) -> None:
    """Its lowest rendition, in MPEG-TS."""
    saw = cells("VLC", style, "AES-128")
    async with (
        stage(tmp_path, Container.TS) as set_up,
        vlc(set_up.untapped(f"{style}-live"), "--adaptive-logic=lowest") as screen,
    ):
        await started(screen)
        encrypted = await watched(screen, SECONDS)
    assert encrypted.noticed() == []
    assert encrypted.last.height == 180
    saw("AES-128", f"{encrypted.frames} frames")


async def test_switching(style: str, cells: Opened, tmp_path: Path) -> None:
    """It begins with the lowest rendition, and switches to a better one when it can."""
    saw = cells("VLC", style, "switch")
    async with (
        stage(tmp_path, Container.TS) as set_up,
        vlc(set_up.url(f"{style}-live"), "--adaptive-logic=rate") as screen,
    ):
        set_up.tap.bytes_per_second = BYTES_PER_SECOND
        await shows(screen, 180)
        await shows(screen, 360)
        set_up.tap.bytes_per_second = None
        await watched(screen, SETTLE_SECONDS)
        switched = await watched(screen, SECONDS / 3)
    assert switched.noticed() == []
    saw("switch", "180p to 360p")
