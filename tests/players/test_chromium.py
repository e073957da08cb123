"""Chromium plays HLS by itself: the address alone, or a page's plain `<video>`.

It gives up at once if a connection is refused, so the socket outlives a restart.
"""

from pathlib import Path

import pytest

from proxy.demo.media import Container
from tests.end_to_end.stage import stage
from tests.players.chromium import page
from tests.players.conftest import STYLES, Opened
from tests.players.screen import reached, shows, started, watched
from tests.players.web_page import Alone, page_origin, web_page

# Six lifetimes of a token, nearly four of a signed child.
SECONDS = 31
ITSELF = {"with": "itself"}

pytestmark = pytest.mark.parametrize("style", STYLES)


async def test_live(style: str, cells: Opened, tmp_path: Path) -> None:
    """The address itself, in MPEG-TS: first the encrypted video, then the clear one.

    The page is of the proxy's own origin. Chromium chooses, beginning with the lowest.
    """
    saw = cells("Chromium", style, "live", "switch", "live, AES-128", "live, restart")
    async with (
        stage(tmp_path, Container.TS, supervised=True) as set_up,
        page(set_up.untapped(f"{style}-live")) as opened,
    ):
        screen = Alone(opened)
        encrypted = await shows(screen, 180)
        saw("live, AES-128", f"{encrypted.height}p at first")
        await shows(screen, 360)
        saw("switch", "180p to 360p")
        live = await watched(screen, SECONDS)
        assert live.noticed() == []
        saw("live", f"{live.frames} frames")
        await set_up.program.restart()
        again = await watched(screen, SECONDS / 2)
    assert again.noticed() == []
    saw("live, restart", f"{again.frames} frames")


async def test_recording(style: str, cells: Opened, tmp_path: Path) -> None:
    """A page of another origin; fragmented MP4, sound apart: seeking, and a restart.

    Chromium 156 does not play AES-128 in fragmented MP4, and shows no subtitles.
    """
    saw = cells("Chromium", style, "VOD", "fMP4, sound apart", "seek", "restart")
    async with (
        page_origin() as origin,
        stage(
            tmp_path,
            Container.TS,
            bearer_container=Container.FMP4,
            encrypted=frozenset(),
            page_origin=origin,
            supervised=True,
        ) as set_up,
        web_page(origin, set_up.untapped(f"{style}-vod"), ITSELF) as screen,
    ):
        await started(screen)
        vod = await watched(screen, SECONDS)
        assert vod.noticed() == []
        saw("VOD", f"{vod.frames} frames")
        saw("fMP4, sound apart", f"{vod.last.sound} bytes")
        # Far ahead, then back: the signatures of both expired long ago.
        for place in (100, 3):
            await screen.seek(place)
            await reached(screen, place)
            assert (await watched(screen, 6)).noticed() == []
        saw("seek", "to 100 s and 3 s")
        await set_up.program.restart()
        again = await watched(screen, SECONDS / 2)
    assert again.noticed() == []
    saw("restart", f"{again.frames} frames")


async def test_encrypted(style: str, cells: Opened, tmp_path: Path) -> None:
    """AES-128 in MPEG-TS, in both videos."""
    saw = cells("Chromium", style, "AES-128")
    async with (
        stage(
            tmp_path,
            Container.TS,
            vod_container=Container.TS,
            encrypted=frozenset({"180p", "360p"}),
        ) as set_up,
        page(set_up.untapped(f"{style}-vod")) as opened,
    ):
        screen = Alone(opened)
        await started(screen)
        encrypted = await watched(screen, SECONDS)
    assert encrypted.noticed() == []
    saw("AES-128", f"{encrypted.frames} frames")
