"""Reloads and deltas: names stay, and nothing grows."""

import asyncio

import pytest
from aiohttp import web

from proxy.core.hls.playlist import Pass
from proxy.localise import localiser
from proxy.localise.editions import Block
from proxy.localise.naming import Namer
from tests.streams.built import built
from tests.streams.origin import M3U8, Origin
from tests.streams.test_playlists.media import HEAD, MEDIA


async def test_an_unrequested_delta_is_accepted(
    upstream: Origin,
) -> None:
    """Also if a title only mentions one."""
    upstream.says("/v.m3u8", MEDIA + "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n")
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        await one.playlist(query="_HLS_skip=YES")
        while one.chores:  # noqa: ASYNC110 - the whole is loaded behind our back
            await asyncio.sleep(0.001)
    assert len(upstream.asked) == 3


@pytest.mark.parametrize("query", ["", "_HLS_msn={}", "CMCD=x{}", "_HLS_skip=YES&a={}"])
async def test_c9_a_live_catalog_does_not_grow(upstream: Origin, query: str) -> None:
    """Whatever players put into their queries, and if they only request deltas."""
    first = 0

    def window(request: web.Request) -> web.Response:
        delta = "_HLS_skip" in request.query
        skip = "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n" if delta else ""
        text = HEAD + skip + "".join(f"#EXTINF:4,\n{first + n}.ts\n" for n in range(4))
        return web.Response(text=text, content_type=M3U8)

    upstream.asks("/v.m3u8", window)
    async with built(f"{upstream.url}/v.m3u8") as one:
        for first in range(100):
            await one.playlist(query=query.format(first))
            await one.clock.advance(4.0)
    assert len(one.catalog) < 30


class Whole:
    """An origin of deltas whose full playlist behaves as the test wants."""

    def __init__(self, upstream: Origin) -> None:
        """Begin without faults."""
        self.well = asyncio.Event()
        self.well.set()
        self.status = 200
        self.wholes = 0
        upstream.asks("/v.m3u8", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if "_HLS_skip" in request.query:
            skip = "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
            text = f"{HEAD}{skip}#EXTINF:4,\n1.ts\n"
            return web.Response(text=text, content_type=M3U8)
        self.wholes += 1
        await self.well.wait()
        text = f"{HEAD}#EXTINF:4,\n1.ts\n"
        return web.Response(text=text, content_type=M3U8, status=self.status)


async def test_no_delta_waits_for_a_full_playlist_that_hangs(upstream: Origin) -> None:
    """The full one is only for the catalog, and is loaded once for all players."""
    origin = Whole(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        origin.well.clear()
        await one.clock.advance(60)
        async with asyncio.timeout(1):
            for _ in range(10):
                reloads = (one.playlist(query="_HLS_skip=YES") for _ in range(10))
                for delta in await asyncio.gather(*reloads):
                    assert "SKIPPED" in delta
                await one.clock.advance(0.1)
        assert origin.wholes == 2
        assert len(one.chores) == 1
        origin.well.set()


async def test_a_full_playlist_that_fails_is_not_requested_at_every_reload(
    upstream: Origin,
) -> None:
    """Once per duration of the playlist, and no reload fails because of it."""
    origin = Whole(upstream)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        origin.status = 429
        for _ in range(60):
            await one.clock.advance(1)
            assert "SKIPPED" in await one.playlist(query="_HLS_skip=YES")
            await asyncio.sleep(0.005)
    # Its window and one more segment last 8 s: the first time, and six times since.
    assert 6 <= origin.wholes <= 8


async def test_a_first_delta_is_passed_on_without_the_full_playlist(
    upstream: Origin,
) -> None:
    """A player that only requests deltas survives a restart of the proxy."""
    origin = Whole(upstream)
    origin.status = 429
    async with built(f"{upstream.url}/v.m3u8") as one:
        assert "SKIPPED" in await one.playlist(query="_HLS_skip=YES")
        origin.status = 200
        await one.clock.advance(1)
        assert "SKIPPED" in await one.playlist(query="_HLS_skip=YES")
        await one.clock.advance(4)
        await one.playlist(query="_HLS_skip=YES")
    assert origin.wholes == 2


async def test_skipped_segments_can_be_fetched(upstream: Origin) -> None:
    """Also after a restart, if a delta is the first request."""

    def window(request: web.Request) -> web.Response:
        listed = range(4) if "_HLS_skip" not in request.query else range(3, 4)
        skip = "" if len(listed) == 4 else "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
        init = "" if skip else '#EXT-X-MAP:URI="init.mp4"\n'
        text = "".join(f"#EXTINF:4,\n{n}.mp4\n" for n in listed)
        return web.Response(text=HEAD + skip + init + text, content_type=M3U8)

    upstream.asks("/v.m3u8", window)
    for name in ("0.mp4", "init.mp4"):
        upstream.says(f"/{name}", b"\0" + name.encode())
    async with built(f"{upstream.url}/v.m3u8") as one:
        for _ in range(20):
            delta = await one.playlist(query="_HLS_skip=YES")
            assert "init" not in delta
            await one.clock.advance(4)
        for name in ("0.mp4", "init.mp4"):
            assert await one.media(f"main/{name}") == (200, b"\0" + name.encode())
    assert upstream.count("/v.m3u8") < 30


async def test_a_blocking_reload_only_processes_new_lines(
    upstream: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its directives are not part of the playlist's place."""
    worked: list[bytes] = []
    block = localiser._block  # noqa: SLF001

    def counted(text: bytes, one: Pass, namer: Namer) -> Block:
        worked.append(text)
        return block(text, one, namer)

    monkeypatch.setattr(localiser, "_block", counted)
    body = HEAD + "".join(f"#EXTINF:4,\ns{n}.ts\n" for n in range(2000))
    upstream.says("/v.m3u8", body)
    async with built(f"{upstream.url}/v.m3u8") as one:
        await one.playlist()
        worked.clear()
        upstream.says("/v.m3u8", body + "#EXTINF:4,\ns2000.ts\n")
        assert "s2000.ts" in await one.playlist(query="_HLS_msn=2000")
    assert len(worked) < 3
