"""The page that plays in a browser, with hls.js, served by an origin of its own."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from tests.players.chromium import Page, page
from tests.players.screen import Seen

_HERE = Path(__file__).parent
HLS_JS = _HERE / "node_modules" / "hls.js" / "dist" / "hls.min.js"
_FILES = {
    "/": _HERE / "page.html",
    "/page.js": _HERE / "page.js",
    "/hls.min.js": HLS_JS,
}
_VIDEO = "document.querySelector('video')"
_ALONE = f"""(video => ({{
    time: video.currentTime,
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    height: video.videoHeight,
    sound: video.webkitAudioDecodedByteCount,
    cues: -1,
    troubles: video.error ? [video.error.message] : [],
}}))({_VIDEO})"""


class WebPage:
    """The page at work on one stream."""

    def __init__(self, one: Page) -> None:
        self._page = one

    async def seen(self) -> Seen:
        """Return what is seen now."""
        said = await self.figures()
        return Seen(
            **{name: said[name] for name in ("time", "frames", "height", "sound")},
            cues=said["cues"],
            troubles=said["troubles"],
        )

    async def figures(self) -> dict[str, Any]:
        """Return everything that the page reports, including latency."""
        return dict(await self._page.value("seen()"))

    async def seek(self, seconds: float) -> None:
        """Go to a place in a recording."""
        await self._page.value(f"seek({seconds})")

    async def switch(self, height: int) -> None:
        """Go to the rendition of this height."""
        await self._page.value(f"switchTo({height})")


class Alone:
    """The page that Chromium makes from a stream's address."""

    def __init__(self, one: Page) -> None:
        self._page = one

    async def seen(self) -> Seen:
        """Return what is seen now."""
        return Seen(**await self._page.value(_ALONE))

    async def seek(self, seconds: float) -> None:
        """Go to a place in a recording."""
        await self._page.value(f"{_VIDEO}.currentTime = {seconds}")


@contextlib.asynccontextmanager
async def page_origin() -> AsyncIterator[str]:
    """Serve the page, and return its origin."""
    assert HLS_JS.exists(), "hls.js is not installed"

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        file = _FILES.get(request.path)
        return web.FileResponse(file) if file else web.Response(status=404)

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def web_page(
    origin: str, url: str, asked: Mapping[str, str], *options: str
) -> AsyncIterator[WebPage]:
    """Play a stream in the page, with the query `asked`, in a browser of its own."""
    query = urlencode({"url": url, **asked})
    async with page(f"{origin}/?{query}", *options) as one:
        yield WebPage(one)
