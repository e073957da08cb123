"""Every player plays on after the origin was away for 5 s, and after a cut of 10 s."""

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from proxy.demo.media import Container
from tests.end_to_end.player import play
from tests.end_to_end.stage import Stage, stage
from tests.lines.gate import State
from tests.lines.line import line
from tests.players.conftest import Opened
from tests.players.mpv import mpv
from tests.players.printing import FFPLAY, GSTREAMER, ffplay, gstreamer, printing
from tests.players.screen import (
    FRAMES_PER_SECOND,
    STANDSTILL_SECONDS,
    Screen,
    Watched,
    started,
    watched,
)
from tests.players.vlc import vlc
from tests.players.web_page import page_origin, web_page

AWAY_SECONDS = 5.0
CUT_SECONDS = 10.0
BEFORE_SECONDS = 5.0
AFTER_SECONDS = 9.0
SECONDS = BEFORE_SECONDS + AWAY_SECONDS + AFTER_SECONDS
# From the end of a cut. Without a proxy VLC needs 5 s, and ffplay 6.
SETTLE_SECONDS = 4.0
# Things that are fetched at the same time arrive at different times.
SKIPPED_SECONDS = 3.0
# FFmpeg, when paced, has no buffer.
LAG_SECONDS = AWAY_SECONDS + 1.0
# The margin for a busy machine.
FEW_FRAMES = 40
P360 = {"with": "hls.js", "height": "360"}

# They buffer a second or two. If any server is silent for longer they stand still and
# then continue: without a proxy, at a cut of 10 s, ffplay for 10.5 s and VLC for 9.3 s.
SHORT_OF_BREATH = {("ffplay", "live"), ("ffplay", "vod"), ("VLC", "live")}
SCREENS = ("ffplay", "GStreamer", "hls.js", "mpv", "VLC")
KINDS = {"live": "live", "vod": "recording"}

# Some seconds after a cut they may load the newest segments again, and pause for one.
# GStreamer did so in 4 plays of 14 without a proxy.
SLOW_TO_SETTLE = {("GStreamer", "live")}
# What a player may have buffered when a line is cut, in seconds: the cut is not
# visible until that is used up.
IN_STORE = {("GStreamer", "vod"): 30.0}

Wrong = Callable[[], Awaitable[object]]
"""Causes a fault, and returns once it is over."""


@asynccontextmanager
async def screen_of(player: str, url: str, origin: str) -> AsyncIterator[Screen]:
    """Play a stream; `origin` has the page that hls.js plays in."""
    opened: AbstractAsyncContextManager[Screen]
    match player:
        case "ffplay":
            opened = printing(ffplay(url), FFPLAY)
        case "GStreamer":
            opened = printing(gstreamer(url), GSTREAMER)
        case "mpv":
            opened = mpv(url)
        case "VLC":
            opened = vlc(url)
        case _:
            opened = web_page(origin, url, P360)
    async with opened as screen:
        yield screen


async def through(screen: Screen, wrong: Wrong, seconds: float) -> Watched:
    """Watch a player for this long, beginning before a fault."""
    await started(screen)
    await asyncio.sleep(BEFORE_SECONDS)
    seen, _ = await asyncio.gather(watched(screen, seconds), wrong())
    return seen


async def away(set_up: Stage, state: State) -> None:
    """Let the origin be away, and come back."""
    await set_up.gate.change(state)
    await asyncio.sleep(AWAY_SECONDS)
    await set_up.gate.change(State.OPEN)


def on_loopback(port: int) -> socket.socket:
    """Return a socket for the gate."""
    return socket.create_server(("127.0.0.1", port))


@pytest.mark.parametrize("state", [State.REFUSED, State.UNAVAILABLE])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("player", SCREENS)
async def test_away(
    player: str, kind: str, state: State, cells: Opened, tmp_path: Path
) -> None:
    """Players with a buffer play on; none skips anything, or reports an error."""
    case = f"{KINDS[kind]}, away, {state}"
    saw = cells(player, "bearer", case)
    async with (
        page_origin() as origin,
        stage(tmp_path, Container.TS, page_origin=origin, bind=on_loopback) as set_up,
        screen_of(player, set_up.untapped(f"bearer-{kind}"), origin) as screen,
    ):
        seen = await through(
            screen, lambda: away(set_up, state), AWAY_SECONDS + AFTER_SECONDS
        )
    still = STANDSTILL_SECONDS
    if (player, kind) in SHORT_OF_BREATH:
        still = AWAY_SECONDS
    assert seen.stood <= still
    # ffplay drops frames until the video has caught up with the sound.
    frames = FRAMES_PER_SECOND * (seen.seconds + seen.skipped)
    frames = frames if player == "ffplay" else seen.frames
    assert frames >= FRAMES_PER_SECOND * (seen.seconds - still) - FEW_FRAMES
    assert list(seen.last.troubles) == []
    assert kind == "live" or seen.skipped < SKIPPED_SECONDS
    saw(case, f"{seen.frames} frames")


@pytest.mark.parametrize("state", [State.REFUSED, State.UNAVAILABLE])
@pytest.mark.parametrize("kind", KINDS)
async def test_away_frame_by_frame(
    kind: str, state: State, cells: Opened, tmp_path: Path
) -> None:
    """FFmpeg decodes every frame of every rendition, a recording in real time."""
    case = f"{KINDS[kind]}, away, {state}"
    saw = cells("FFmpeg", "bearer", case)
    async with stage(tmp_path, Container.TS, bind=on_loopback) as set_up:
        playing = asyncio.create_task(
            play(set_up.untapped(f"bearer-{kind}"), SECONDS, paced=kind == "vod"),
            name="FFmpeg",
        )
        await asyncio.sleep(BEFORE_SECONDS)
        await away(set_up, state)
        played = await playing
    assert (played.exit_code, played.complaints) == (0, "")
    assert played.frames[:2] == [FRAMES_PER_SECOND * SECONDS] * 2
    assert played.gaps == 0
    assert played.lag < LAG_SECONDS
    saw(case, f"{played.frames[0]} frames")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("player", SCREENS)
async def test_cut(player: str, kind: str, cells: Opened, tmp_path: Path) -> None:
    """A dead line does not end a play: once it is back, so is the video."""
    case = f"{KINDS[kind]}, cut"
    saw = cells(player, "bearer", case)
    async with (
        page_origin() as origin,
        line(random.Random(1)) as one,  # noqa: S311 - no secret
        stage(
            tmp_path,
            Container.TS,
            page_origin=origin,
            supervised=True,
            bind=one.listen,
            prefix=one.near.prefix,
        ) as set_up,
        screen_of(player, set_up.untapped(f"bearer-{kind}"), origin) as screen,
    ):

        async def wrong() -> None:
            one.cut()
            await asyncio.sleep(CUT_SECONDS)
            one.mend()

        cut = await through(screen, wrong, CUT_SECONDS + SETTLE_SECONDS)
        stored = IN_STORE.get((player, kind), CUT_SECONDS + SETTLE_SECONDS)
        after = AFTER_SECONDS + stored - CUT_SECONDS - SETTLE_SECONDS
        again = await watched(screen, after)
    assert cut.stood <= CUT_SECONDS + STANDSTILL_SECONDS
    settles = (player, kind) in SLOW_TO_SETTLE
    still = STANDSTILL_SECONDS * (2 if settles else 1)
    assert again.noticed(said=False, still=still) == []
    saw(case, f"stood for {cut.stood:.1f} s")
