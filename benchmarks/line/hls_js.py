"""Plays with hls.js in Chromium: `python -m benchmarks.line.hls_js URL PORT`.

The page is served on that port of loopback. The figures are printed as JSON. It is a
process of its own so that it can run in another network: page, browser and DevTools.
"""

import asyncio
import dataclasses
import json
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from benchmarks.line.showing import Showing
from proxy.errors import StartError
from tests.players import chromium
from tests.players.web_page import HLS_JS

PORT = 8088
ORIGIN = f"http://127.0.0.1:{PORT}"
"""Where the page comes from."""

_HERE = Path(__file__).parent
_FILES = {
    "/": _HERE / "page.html",
    "/page.js": _HERE / "page.js",
    "/hls.min.js": HLS_JS,
}
_LOOK_SECONDS = 0.2
_PATIENCE_SECONDS = 120.0


def lacks() -> str:
    """Return what is missing for playing; empty if everything is here."""
    if shutil.which(chromium.PROGRAM) is None:
        return "there is no Chromium; want Debian's chromium"
    return "" if HLS_JS.exists() else "npm did not install hls.js; see `make players`"


async def play(url: str, prefix: Sequence[str]) -> Showing:
    """Play it all; `prefix` comes before the command.

    Raises StartError if not all of it came.
    """
    command = (sys.executable, "-m", __spec__.name, url)
    process = await asyncio.create_subprocess_exec(
        *(*prefix, *command), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise StartError("hls.js did not play")
    return Showing(**json.loads(said))


async def _played(url: str) -> Showing:
    async with (
        asyncio.timeout(_PATIENCE_SECONDS),
        _page_origin(),
        # The origin's certificate is its own.
        chromium.page(
            f"{ORIGIN}/?{urlencode({'url': url})}", "--ignore-certificate-errors"
        ) as page,
    ):
        # The second viewer may have all of it before the first frame is shown.
        while not _is_over(figures := await _figures(page)):
            if figures["trouble"]:
                raise StartError(f"hls.js: {figures['trouble']}")
            await asyncio.sleep(_LOOK_SECONDS)
    names = (each.name for each in dataclasses.fields(Showing))
    return Showing(**{name: figures[name] for name in names})


def _is_over(figures: dict[str, Any]) -> bool:
    return figures["whole"] is not None and figures["first"] is not None


async def _figures(page: chromium.Page) -> dict[str, Any]:
    return dict(await page.value("figures"))


@asynccontextmanager
async def _page_origin() -> AsyncIterator[None]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        file = _FILES.get(request.path)
        return web.FileResponse(file) if file else web.Response(status=404)

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", PORT).start()
        yield
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    json.dump(dataclasses.asdict(asyncio.run(_played(sys.argv[1]))), sys.stdout)
