"""Make the README's picture: Chromium plays the demo, with the stream's tokens below.

Run at the root of the repository: `python -m tools.make_picture`. It needs Chromium and
the demo's ports, takes half a minute, and writes `docs/playing.webp`. Everything in the
picture is real: the frame, the time played and the tokens.
"""

import asyncio
import contextlib
import html
import json
import math
import os
import random
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from proxy import log
from proxy.app.program import running
from proxy.clock import SystemClock
from proxy.demo import origin_server, show
from proxy.demo.keys import generate
from proxy.demo.origin import OriginSettings
from proxy.events.event import Event
from proxy.events.refresh import Refresh
from proxy.settings import load
from tests.players.chromium import page

PICTURE = Path("docs/playing.webp")
STREAM = "fastpix-live"
URL = f"http://127.0.0.1:8080/{STREAM}/index.m3u8"
PLAYED_SECONDS = 24
"""Enough for several tokens of 5 seconds."""
SHOWN_LINES = 6

_PAGE = """<!doctype html>
<meta charset="utf-8">
<title>playing</title>
<style>
  body { margin: 0; padding: 20px; background: #10141c; color: #dce3ee;
         font: 15px/1.5 "DejaVu Sans", sans-serif; }
  code, pre { font: 14px/1.6 "DejaVu Sans Mono", monospace; margin: 0; }
  #url { background: #1d2431; border-radius: 6px; padding: 8px 14px; display: block;
         margin-bottom: 14px; }
  video { width: 100%%; display: block; border-radius: 6px; }
  #under { margin-top: 14px; color: #9fd3e8; }
</style>
<code id="url">%s</code>
<video autoplay muted crossorigin src="%s"></video>
<pre id="under"></pre>
"""
_PLAYED = "document.querySelector('video').currentTime"
_FRAMES = "document.querySelector('video').getVideoPlaybackQuality()"


@contextlib.asynccontextmanager
async def _page_origin() -> AsyncIterator[str]:
    """Serve the page, and return its origin."""
    text = _PAGE % (html.escape(URL), html.escape(URL))

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _picture() -> bytes:
    clock, rng, pair = SystemClock(), random.SystemRandom(), generate()
    lines: deque[str] = deque(maxlen=SHOWN_LINES)
    shown_until = 0.0

    def watch(event: Event) -> None:
        """Add a line for a new token once the token shown before has expired."""
        nonlocal shown_until
        if not isinstance(event, Refresh):
            return
        lives, now = event.lives or 0.0, clock.mono()
        if event.stream == STREAM and lives and now >= shown_until:
            shown_until = now + lives
            lines.append(f"{STREAM}: new token, valid for {math.ceil(lives)} s")

    async with _page_origin() as origin:
        environ = {
            **os.environ,
            "DEMO_SIGNING_KEY": pair.private_pem,
            "HLS_AUTH_PROXY_SERVER__CORS_ORIGINS": json.dumps([origin]),
        }
        settings = load(show.PROFILE, environ=environ)
        demo = replace(OriginSettings(pair.public_pem), ports=(8081, 8082))
        async with (
            origin_server.running(demo, clock=clock, rng=rng),
            running(
                settings,
                environ=environ,
                clock=clock,
                rng=rng,
                watch=[watch],
            ),
            page(origin, "--window-size=720,720") as shown,
        ):
            await asyncio.sleep(PLAYED_SECONDS)
            played = await shown.value(_PLAYED)
            if played < PLAYED_SECONDS / 2:
                sys.exit(f"it does not play: {played:.0f} s of {PLAYED_SECONDS} s")
            quality = f"({_FRAMES}).totalVideoFrames - ({_FRAMES}).droppedVideoFrames"
            frames = await shown.value(quality)
            text = "\n".join([*lines, f"{played:.0f} s played, {frames} frames shown"])
            under = "document.getElementById('under').textContent"
            await shown.value(f"{under} = {json.dumps(text)}")
            return await shown.picture()


def main() -> None:
    """Write the picture."""
    log.configure(sys.stderr, level="error")
    PICTURE.write_bytes(asyncio.run(_picture()))


if __name__ == "__main__":
    main()
