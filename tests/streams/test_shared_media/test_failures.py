"""A failed request is repeated once for all, and broken bodies are not kept."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import TruncatedError, UnreachableError
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import (
    VOD,
    Slow,
    counts,
    opened,
    store,
)


async def test_c3_a_fill_that_fails_is_repeated_once_for_all(upstream: Origin) -> None:
    """50 wait; two fills are tried, and all get the error."""
    upstream.says("/v.m3u8", VOD)

    def reset(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    upstream.asks("/s.ts", reset)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()

        async def all_ask() -> list[object]:
            asks = (one.media("main/s.ts") for _ in range(50))
            return await asyncio.gather(*asks, return_exceptions=True)

        failures = await one.patiently(all_ask())
        assert {type(each) for each in failures} == {UnreachableError}
        asked = upstream.count("/s.ts")
        assert counts(one).failed <= 2
    # A request that is retried is sent three times a second, for 12 s.
    assert asked <= 50


async def test_c3_a_404_is_for_all_and_is_not_repeated(upstream: Origin) -> None:
    """Another request would not help."""
    upstream.says("/v.m3u8", VOD)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        failures = await asyncio.gather(
            *(one.media("main/s.ts") for _ in range(20)), return_exceptions=True
        )
    assert [getattr(each, "status", each) for each in failures] == [404] * 20
    assert upstream.count("/s.ts") == 1


async def test_i3_an_interrupted_fill_is_not_kept(upstream: Origin) -> None:
    """All get its bytes and then the failure; the next request fetches again."""
    slow = Slow(b"\0" * 1000, b"\1" * 1000)
    slow.go(1)
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        replies = [await opened(one, "main/s.ts") for _ in range(3)]
        bodies = [reply.answer.chunks() for reply in replies]
        assert [await anext(body) for body in bodies] == [b"\0" * 1000] * 3
        slow.cut = True
        slow.go()
        for reply, body in zip(replies, bodies, strict=True):
            async with reply.answer:
                with pytest.raises(TruncatedError):
                    await anext(body)
        upstream.says("/s.ts", b"\0whole")
        assert await one.media("main/s.ts") == (200, b"\0whole")
        assert counts(one).failed == 1
