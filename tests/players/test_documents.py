"""hls.js follows steering manifests and asset lists through the proxy."""

import asyncio
import time
from pathlib import Path

from proxy.demo.media import Container
from proxy.demo.programme import VOD_ID
from tests.end_to_end.stage import stage
from tests.players.conftest import Opened, Saw
from tests.players.front import BREAK_SECONDS, BREAKS, WAYS, front
from tests.players.screen import started, watched
from tests.players.web_page import WebPage, page_origin, web_page

SECONDS = 4
PATIENCE_SECONDS = 30
PAGE = {"with": "hls.js", "height": "360"}


async def told(screen: WebPage, figure: str, wanted: str) -> None:
    """Wait until the page reports this."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (await screen.figures())[figure] != wanted:
        assert time.monotonic() < end, f"{figure} never was {wanted!r}"
        await asyncio.sleep(0.1)


async def follow(screen: WebPage, saw: Saw) -> None:
    """Check that it goes from pathway to pathway as the manifest says."""
    for way in WAYS:
        await told(screen, "pathway", way)
        assert (await watched(screen, SECONDS)).noticed() == []
    saw("steering", " to ".join(WAYS))


async def interrupt(screen: WebPage, saw: Saw) -> None:
    """Check that it plays both breaks completely, and the recording between them."""
    for name in BREAKS:
        await told(screen, "interstitial", name)
        began = time.monotonic()
        await told(screen, "interstitial", "")
        assert abs(time.monotonic() - began - BREAK_SECONDS) < 2
        await asyncio.sleep(1)
        assert (await watched(screen, SECONDS)).noticed() == []
    saw("interstitials", " and ".join(BREAKS))


async def test_steering_and_interstitials(cells: Opened, tmp_path: Path) -> None:
    """Both at the same time, in one page each."""
    saw = cells("hls.js", "query, all", "steering", "interstitials")
    async with (
        front() as ahead,
        page_origin() as origin,
        stage(tmp_path, Container.TS, page_origin=origin, more=ahead.profile) as set_up,
    ):
        ahead.behind = set_up.direct(VOD_ID).removesuffix("index.m3u8")
        ahead.authorization = set_up.bearer(VOD_ID)
        async with (
            web_page(origin, set_up.untapped("steered"), PAGE) as steered,
            web_page(origin, set_up.untapped("interrupted"), PAGE) as interrupted,
        ):
            await asyncio.gather(started(steered), started(interrupted))
            await asyncio.gather(follow(steered, saw), interrupt(interrupted, saw))
    assert all(ahead.asked[way] for way in (*WAYS, "breaks", "ad"))
