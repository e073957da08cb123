"""A fill that fails is repeated or resumed for all who wait."""

import asyncio

from aiohttp import web

from tests.sharing.test_joining.ranged import BODY, ranged
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import (
    KIB,
    VOD,
    counts,
    store,
)


async def test_a_fill_that_fails_before_its_head_is_repeated_for_all(
    upstream: Origin,
) -> None:
    """C3: the second answer is shared as the first would have been."""
    failures = 2  # the body of the first answer breaks off twice before its first byte

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal failures
        if failures:
            failures -= 1
            response = web.StreamResponse(headers={"Content-Length": "4096"})
            await response.prepare(request)
            assert request.transport is not None
            request.transport.abort()
            return response
        return web.Response(body=BODY, content_type="video/mp2t")

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        got = await asyncio.gather(*(one.media("main/s.ts") for _ in range(20)))
        assert got == [(200, BODY)] * 20
        assert counts(one).failed == 1
    assert upstream.count("/s.ts") == 3


async def test_i7_all_bytes_followed_by_a_reset_are_complete(upstream: Origin) -> None:
    """The number of bytes decides, so it is kept."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "4096"})
        await response.prepare(request)
        await response.write(BODY)
        assert request.transport is not None
        await asyncio.sleep(0.05)  # let the proxy read it
        request.transport.abort()
        return response

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        for _ in range(2):
            assert await one.media("main/s.ts") == (200, BODY)
        assert counts(one).kept == 1
    assert upstream.count("/s.ts") == 1


async def test_i6_an_interrupted_fill_is_resumed(upstream: Origin) -> None:
    """All followers get the whole."""
    body = BODY * 16

    async def answer(request: web.Request) -> web.StreamResponse:
        if "Range" in request.headers:
            return ranged(body)(request)
        fields = {"ETag": '"a"', "Content-Length": str(len(body))}
        response = web.StreamResponse(headers=fields)
        await response.prepare(request)
        await response.write(body[: 32 * KIB])
        await asyncio.sleep(0.05)
        assert request.transport is not None
        request.transport.abort()
        return response

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        got = await asyncio.gather(*(one.media("main/s.ts") for _ in range(5)))
        assert got == [(200, body)] * 5
        assert counts(one).kept == 1
    assert upstream.count("/s.ts") == 2
