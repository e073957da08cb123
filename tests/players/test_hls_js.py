"""hls.js plays in Chromium, in a page of another origin than the proxy's."""

from pathlib import Path

import pytest

from proxy.demo.media import Container
from tests.end_to_end.stage import stage
from tests.players.conftest import STYLES, Opened
from tests.players.screen import reached, shows, started, watched
from tests.players.web_page import page_origin, web_page

# Six lifetimes of a token, nearly four of a signed child.
SECONDS = 31
P360 = {"with": "hls.js", "height": "360"}
P180 = {"with": "hls.js", "height": "180"}

pytestmark = pytest.mark.parametrize("style", STYLES)


async def test_live(style: str, cells: Opened, tmp_path: Path) -> None:
    """In MPEG-TS: first the clear video, then the encrypted one; then a restart."""
    saw = cells("hls.js", style, "live", "switch", "live, AES-128", "live, restart")
    async with (
        page_origin() as origin,
        stage(tmp_path, Container.TS, page_origin=origin) as set_up,
        web_page(origin, set_up.untapped(f"{style}-live"), P360) as screen,
    ):
        await started(screen)
        live = await watched(screen, SECONDS)
        assert live.noticed() == []
        assert live.last.height == 360
        saw("live", f"{live.frames} frames")
        await screen.switch(180)
        await shows(screen, 180)
        saw("switch", "360p to 180p")
        encrypted = await watched(screen, SECONDS / 3)
        assert encrypted.noticed() == []
        saw("live, AES-128", f"{encrypted.frames} frames")
        await set_up.program.restart()
        await watched(screen, SECONDS / 3)
        again = await watched(screen, SECONDS / 3)
    assert again.noticed(said=False) == []
    saw("live, restart", f"{again.frames} frames")


async def test_recording(style: str, cells: Opened, tmp_path: Path) -> None:
    """In fragmented MP4, sound and subtitles apart: seeking, and a restart."""
    apart = "fMP4, sound and text apart"
    saw = cells("hls.js", style, "VOD", apart, "seek", "restart")
    async with (
        page_origin() as origin,
        stage(
            tmp_path,
            Container.TS,
            bearer_container=Container.FMP4,
            page_origin=origin,
        ) as set_up,
        web_page(origin, set_up.untapped(f"{style}-vod"), P360) as screen,
    ):
        await started(screen)
        vod = await watched(screen, SECONDS)
        assert vod.noticed() == []
        assert vod.last.cues > 0
        saw("VOD", f"{vod.frames} frames")
        saw(apart, f"{vod.last.sound} bytes, {vod.last.cues} cues")
        # Far ahead, then back: the signatures of both expired long ago.
        for place in (100, 3):
            await screen.seek(place)
            await reached(screen, place)
            assert (await watched(screen, 6)).noticed() == []
        saw("seek", "to 100 s and 3 s")
        await set_up.program.restart()
        await watched(screen, SECONDS / 3)
        again = await watched(screen, SECONDS / 3)
    assert again.noticed(said=False) == []
    saw("restart", f"{again.frames} frames")


async def test_encrypted(style: str, cells: Opened, tmp_path: Path) -> None:
    """AES-128 in fragmented MP4."""
    saw = cells("hls.js", style, "AES-128")
    async with (
        page_origin() as origin,
        stage(
            tmp_path,
            Container.TS,
            bearer_container=Container.FMP4,
            page_origin=origin,
        ) as set_up,
        web_page(origin, set_up.untapped(f"{style}-vod"), P180) as screen,
    ):
        await started(screen)
        encrypted = await watched(screen, SECONDS)
    assert encrypted.noticed() == []
    assert encrypted.last.height == 180
    saw("AES-128", f"{encrypted.frames} frames")
