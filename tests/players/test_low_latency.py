"""hls.js at low latency: as close to live with the proxy as without it."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from proxy.demo.low_latency import LL_ID
from proxy.demo.media import Container
from tests.end_to_end.stage import stage
from tests.players.conftest import STYLES, Opened
from tests.players.screen import Watched, started, watched
from tests.players.web_page import WebPage, page_origin, web_page

# Six lifetimes of a token.
SECONDS = 30
MOST_MORE_SECONDS = 0.5
# After a pause hls.js falls back to three target durations; it catches up a fifth
# faster than live.
SETTLE_SECONDS = 30
RESTART_SECONDS = 10
# With a buffer of 1.5 s, a busy machine makes either player stand still. Such a try
# shows nothing about the proxy; one whole try out of these is required.
TRIES = 3
LOW = {"with": "hls.js", "height": "360", "low": "yes"}


async def latency(screen: WebPage, figure: str = "latency") -> float:
    """Return how far behind live a player says it is, in seconds."""
    return float((await screen.figures())[figure])


async def settled(*screens: WebPage) -> None:
    """Wait until both are equally far behind, but not forever."""
    end = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < end:
        behind = [await latency(screen) for screen in screens]
        if max(behind) - min(behind) < MOST_MORE_SECONDS / 2:
            return
        await asyncio.sleep(0.5)


async def figures(screen: WebPage) -> Sequence[dict[str, Any]]:
    """Ask the page twice a second."""
    found = []
    for _ in range(2 * SECONDS):
        found.append(await screen.figures())
        await asyncio.sleep(0.5)
    return found


async def compared(
    screen: WebPage, control: WebPage
) -> tuple[Watched, list[str], dict[str, tuple[float, float]]]:
    """Watch both; return ours, what was noticed, and the medians: ours, theirs."""
    ours, theirs, through, direct = await asyncio.gather(
        watched(screen, SECONDS),
        watched(control, SECONDS),
        figures(screen),
        figures(control),
    )
    noticed = [f"through the proxy: {what}" for what in ours.noticed()]
    noticed += [f"direct: {what}" for what in theirs.noticed()]
    medians = {
        name: (median(f[name] for f in through), median(f[name] for f in direct))
        for name in ("latency", "behind")
    }
    return ours, noticed, medians


@pytest.mark.parametrize("style", STYLES)
async def test_latency(style: str, cells: Opened, tmp_path: Path) -> None:
    """Both play the same stream at the same time, for six lifetimes of a token.

    hls.js computes latency from the playlist's end, and from program date and time.
    After that the proxy is restarted while a part and a playlist are awaited.
    """
    cases = ("live", "latency", "behind the clock", "live, restart")
    saw = cells("hls.js, low latency", style, *cases)
    async with (
        page_origin() as origin,
        stage(tmp_path, Container.TS, page_origin=origin, supervised=True) as set_up,
        web_page(origin, set_up.untapped(f"ll-{style}"), LOW) as screen,
        web_page(
            origin,
            set_up.direct(LL_ID),
            {**LOW, "authorization": set_up.bearer(LL_ID)},
            # The demo's origin does not know about pages.
            "--disable-web-security",
        ) as control,
    ):
        await asyncio.gather(started(screen), started(control))
        for _ in range(TRIES):
            await settled(screen, control)
            live, noticed, medians = await compared(screen, control)
            if not noticed:
                break
        await set_up.program.restart(kindly=True)
        await watched(screen, RESTART_SECONDS)
        again = await watched(screen, RESTART_SECONDS)
    assert again.noticed(said=False) == []
    saw("live, restart", f"{again.frames} frames")
    assert noticed == []
    saw("live", f"{live.frames} frames")
    for name, case in (("latency", "latency"), ("behind", "behind the clock")):
        ours, theirs = medians[name]
        assert ours <= theirs + MOST_MORE_SECONDS
        saw(case, f"{ours:.2f} s, direct {theirs:.2f} s")
