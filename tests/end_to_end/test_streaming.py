"""Parts in progress: bytes are passed on before there are more."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from proxy.app.locations import Running
from proxy.app.program import running
from proxy.clock import SystemClock
from proxy.settings import load
from tests.watchdog import unheld

PLAYLIST = """#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MAP:URI="init.mp4"
#EXTINF:2,
1.mp4
#EXT-X-PART:DURATION=0.5,URI="2.mp4",BYTERANGE="1000@0"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="2.mp4",BYTERANGE-START=1000
"""
# RFC 8673, section 2: as far as it will ever go.
OPEN_RANGE = "bytes=1000-9007199254740991"
FIRST, SECOND = b"moof" * 250, b"mdat" * 250
PATIENCE = 5.0


@dataclass(slots=True, kw_only=True)
class Packager:
    """An origin whose part is still being made."""

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and query, and the range."""
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to let the running requests end."""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request is waiting for that."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request was cancelled."""

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer at once for the playlist, bit by bit for a part."""
        self.asked.append((request.raw_path, request.headers.get("Range", "")))
        try:
            return await self._answer(request)
        except asyncio.CancelledError:
            self.left.set()
            raise

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if "_HLS_msn" in request.raw_path:
            await self._wait()
        if ".m3u8" in request.raw_path:
            return web.Response(
                text=PLAYLIST,
                content_type="application/vnd.apple.mpegurl",
                headers={"Age": "3", "Cache-Control": "max-age=12"},
            )
        if "Range" not in request.headers:
            return web.Response(status=404)
        response = web.StreamResponse(
            status=206,
            headers={
                "Content-Type": "video/mp4",
                "Content-Range": OPEN_RANGE.replace("=", " ") + "/*",
            },
        )
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(FIRST)
        await self._wait()
        await response.write(SECOND)
        await response.write_eof()
        return response

    async def _wait(self) -> None:
        self.reached.set()
        await self.goes_on.wait()


@asynccontextmanager
async def packager() -> AsyncIterator[Packager]:
    """Run a packager on a free port of loopback."""
    one = Packager()
    server = web.Server(one.answer, access_log=None, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield one
    finally:
        await runner.cleanup()


@asynccontextmanager
async def before(one: Packager, folder: Path) -> AsyncIterator[Running]:
    """Run the program before a packager; fail if a request blocks the event loop."""
    config = folder / "config.toml"
    config.write_text(
        f'[server]\nlisten = "127.0.0.1:0"\n[streams.lobby]\nurl = "{one.url}/v.m3u8"\n'
    )
    async with running(
        load(config, environ={}),
        environ={},
        clock=SystemClock(),
        rng=random.Random(0),  # noqa: S311 -- no secret
    ) as program:
        with unheld():
            yield program


@pytest.fixture
async def player() -> AsyncIterator[aiohttp.ClientSession]:
    """Return a player with a timeout."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session


async def test_a_part_in_progress_is_passed_on_as_it_arrives(
    tmp_path: Path, player: aiohttp.ClientSession
) -> None:
    """Its first bytes reach the player before the upstream has the others."""
    async with packager() as one, before(one, tmp_path) as program:
        base = f"{program.base_url}/lobby"
        await player.get(f"{base}/index.m3u8")
        headers = {"Range": OPEN_RANGE}
        async with player.get(f"{base}/main/2.mp4", headers=headers) as part:
            early = await part.content.readexactly(len(FIRST))
            assert not one.goes_on.is_set()
            one.goes_on.set()
            late = await part.content.read()

        assert (part.status, early, late) == (206, FIRST, SECOND)
        assert part.headers["Content-Range"] == "bytes 1000-9007199254740991/*"
        assert "Content-Length" not in part.headers
        assert one.asked[-1] == ("/2.mp4", OPEN_RANGE)


async def test_a_fruitless_hint_is_answered_at_once(
    tmp_path: Path, player: aiohttp.ClientSession
) -> None:
    """With 404, after one request, and no playlist is loaded again for it."""
    async with packager() as one, before(one, tmp_path) as program:
        await player.get(f"{program.base_url}/lobby/index.m3u8")
        gone = await player.get(f"{program.base_url}/lobby/main/2.mp4")

        assert gone.status == 404
        assert [path for path, _ in one.asked] == ["/v.m3u8", "/2.mp4"]


@pytest.mark.parametrize("target", ["index.m3u8?_HLS_msn=2&_HLS_part=1", "main/2.mp4"])
async def test_the_last_player_to_leave_ends_the_request(
    tmp_path: Path, player: aiohttp.ClientSession, target: str
) -> None:
    """The upstream request does not wait for a player that has gone."""
    async with packager() as one, before(one, tmp_path) as program:
        base = f"{program.base_url}/lobby"
        await player.get(f"{base}/index.m3u8")

        async def wait() -> None:
            headers = {"Range": OPEN_RANGE}
            async with player.get(f"{base}/{target}", headers=headers) as response:
                await response.read()

        players = [asyncio.create_task(wait(), name="player") for _ in range(2)]
        await asyncio.wait_for(one.reached.wait(), PATIENCE)
        for leaving in players:
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

        await asyncio.wait_for(one.left.wait(), PATIENCE)


async def test_directives_are_passed_exactly_and_age_comes_back(
    tmp_path: Path, player: aiohttp.ClientSession
) -> None:
    """RFC 8216bis, appendix C: a player computes from Age how far behind it is."""
    async with packager() as one, before(one, tmp_path) as program:
        one.goes_on.set()
        directives = "_HLS_msn=2&_HLS_part=1&_HLS_skip=v2&_HLS_of_tomorrow=%7e+~"
        url = f"{program.base_url}/lobby/index.m3u8?{directives}&other=1"
        heard = await player.get(URL(url, encoded=True))

        # The first of a playlist might be a delta: then the full one is loaded as well.
        asked = {("/v.m3u8", ""), (f"/v.m3u8?{directives}", "")}
        assert sorted(one.asked) == sorted(asked)
        assert heard.headers["Age"] == "3"
        assert heard.headers["Cache-Control"] == "max-age=12"
