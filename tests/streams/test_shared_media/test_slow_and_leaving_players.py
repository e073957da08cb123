"""Players that are slow or leave do not disturb the others."""

import asyncio
import contextlib
from collections.abc import Awaitable

import pytest
from aiohttp import web

from proxy.errors import TruncatedError, UnreachableError
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import (
    KIB,
    MIB,
    VOD,
    Slow,
    counts,
    opened,
    read,
    store,
    until,
)


async def test_c4_a_stalled_follower_slows_nobody(upstream: Origin) -> None:
    """The others get everything; it reads the rest later, from the store."""
    slow = Slow(*(bytes([part]) * MIB for part in range(1, 9)))
    slow.go()
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        stalled = await opened(one, "main/s.ts")
        chunks = stalled.answer.chunks()
        begun = await anext(chunks)
        others = await asyncio.gather(*(one.media("main/s.ts") for _ in range(5)))
        assert all(each == (200, slow.whole) for each in others)
        async with stalled.answer:
            rest = b"".join([chunk async for chunk in chunks])
    assert begun + rest == slow.whole
    assert upstream.count("/s.ts") == 1


@pytest.mark.parametrize("tag", ['"a"', 'W/"a"'])
async def test_c4_a_slow_follower_of_a_large_body_goes_on_by_itself(
    upstream: Origin, tag: str
) -> None:
    """With its own request, if the rest is surely of the same file; else it is cut."""
    slow = Slow(*(bytes([n]) * MIB for n in range(1, 9)), chunked=True, ETag=tag)
    slow.go()
    whole = slow.whole

    def decide(
        request: web.Request,
    ) -> web.StreamResponse | Awaitable[web.StreamResponse]:
        if "Range" not in request.headers:
            return slow.answer(request)
        assert request.headers["If-Range"] == tag
        start = request.http_range.start
        said = {"ETag": tag, "Content-Range": f"bytes {start}-{8 * MIB - 1}/{8 * MIB}"}
        return web.Response(status=206, body=whole[start:], headers=said)

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", decide)
    small = store(budget=2 * MIB, largest=MIB)
    async with built(f"{upstream.url}/v.m3u8", store=small) as one:
        await one.playlist()
        stalled, other = [await opened(one, "main/s.ts") for _ in range(2)]
        chunks = stalled.answer.chunks()
        begun = await anext(chunks)
        assert await one.patiently(read(other)) == whole
        async with stalled.answer:
            if tag.startswith("W/"):
                with pytest.raises(TruncatedError, match="too slow"):
                    await anext(chunks)
            else:
                assert begun + b"".join([chunk async for chunk in chunks]) == whole
    assert upstream.count("/s.ts") == 1 + (tag == '"a"')


@pytest.mark.parametrize(
    ("size", "sent", "goes_on"),
    [
        (2 * MIB, 1 * KIB, True),  # small in total
        (12 * MIB, 6 * MIB, True),  # half of it has arrived
        (12 * MIB, 2 * MIB, False),
    ],
)
async def test_a_fill_that_all_left_is_finished_if_nearly_complete(
    upstream: Origin, size: int, sent: int, *, goes_on: bool
) -> None:
    """Otherwise it is given up, and nothing is kept."""
    slow = Slow(b"\1" * sent, b"\2" * (size - sent))
    slow.go(1)
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        reply = await opened(one, "main/s.ts")
        got = 0
        async with reply.answer as body:
            async for chunk in body.chunks():
                got += len(chunk)
                if got >= sent:
                    break
        slow.go()
        await until(lambda: counts(one).filling == 0)
        assert (counts(one).kept, counts(one).abandoned) == (goes_on, not goes_on)
        assert await one.media("main/s.ts") == (200, slow.whole)
    assert upstream.count("/s.ts") == (1 if goes_on else 2)


async def test_a_fill_that_all_left_is_not_finished_after_long(
    upstream: Origin,
) -> None:
    """After ten seconds it is given up."""
    slow = Slow(b"\1" * 1000, b"\2")
    slow.go(1)
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        async with (await opened(one, "main/s.ts")).answer:
            pass
        await one.clock.advance(9)
        assert counts(one).filling == 1
        await one.clock.advance(2)
        await until(lambda: counts(one).filling == 0)
        slow.go()
    assert counts(one).abandoned == 1


async def test_a_player_that_leaves_before_the_head_ends_no_other_wait(
    upstream: Origin,
) -> None:
    """The request is only given up when the last one has left."""
    gate = asyncio.Event()

    async def later(_: web.Request) -> web.Response:
        await gate.wait()
        return web.Response(body=b"\0late", content_type="video/mp2t")

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", later)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        tasks = [asyncio.create_task(one.media("main/s.ts")) for _ in range(3)]
        await until(lambda: counts(one).following == 3)
        tasks[0].cancel()
        gate.set()
        assert await asyncio.gather(*tasks[1:]) == [(200, b"\0late")] * 2
        gate.clear()
        alone = asyncio.create_task(one.media("main/t.ts"))
        upstream.asks("/t.ts", later)
        await until(lambda: counts(one).following == 1)
        alone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await alone
        await until(lambda: counts(one).filling == 0)
        gate.set()
    assert counts(one).abandoned == 1


async def test_when_a_stream_ends_its_fills_end(upstream: Origin) -> None:
    """Followers get an error, and no task remains."""
    slow = Slow(b"\0" * 1000, b"\1")
    slow.go(1)
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        reply = await opened(one, "main/s.ts")
        chunks = reply.answer.chunks()
        await anext(chunks)
        await one.stream.close()
        async with reply.answer:
            with pytest.raises(UnreachableError):
                await anext(chunks)
        slow.go()
