"""Many players that request one resource cause one request upstream."""

import asyncio

import pytest
from aiohttp import web

from proxy.errors import StatusError
from proxy.sharing.opening import LATE_PART_SECONDS
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import (
    HEAD,
    KIB,
    LIVE,
    MIB,
    VOD,
    Slow,
    cache,
    counts,
    opened,
    read,
    store,
    until,
)


async def test_a_kept_resource_is_not_requested_again(upstream: Origin) -> None:
    """The second answer is a hit: same status, fields and bytes."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0media" * 1000, ETag='"a"')
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        first = await opened(one, "main/s.ts")
        assert await read(first) == b"\0media" * 1000
        second = await opened(one, "main/s.ts")
        assert await read(second) == b"\0media" * 1000
        assert counts(one).saved_bytes == 6000
    assert upstream.count("/s.ts") == 1
    assert first.headers == second.headers
    assert (cache(first), cache(second)) == ("fwd=uri-miss; stored", "hit")
    assert second.age == 0


async def test_c1_50_misses_at_once_are_one_request(upstream: Origin) -> None:
    """The first player leaves at 10 %; the others get all of it."""
    slow = Slow(*(bytes([part]) * MIB for part in range(1, 11)))
    slow.go(1)
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        first = await opened(one, "main/s.ts")
        others = [asyncio.create_task(one.media("main/s.ts")) for _ in range(49)]
        await until(lambda: counts(one).joins == 49)
        async with first.answer as body:
            async for _ in body.chunks():
                break
        slow.go()
        answers = await asyncio.gather(*others)
    assert all(each == (200, slow.whole) for each in answers)
    assert upstream.count("/s.ts") == 1


async def test_a_shared_request_contains_nothing_of_one_player(
    upstream: Origin,
) -> None:
    """No range, no conditions, no client data, no preferences."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0media", Accept_Ranges="bytes")
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        reply = await opened(
            one,
            "main/s.ts",
            Range="bytes=0-",
            User_Agent="player",
            CMCD_Request="a=1",
            Accept_Language="de",
        )
        assert (reply.status, await read(reply)) == (206, b"\0media")
    sent = upstream.headers[-1]
    assert sent.keys().isdisjoint({"Range", "CMCD-Request", "Accept-Language"})
    assert sent["User-Agent"] == "test"


async def test_followers_get_each_byte_as_it_arrives(upstream: Origin) -> None:
    """Also while the upstream still makes it; a late one begins at the start."""
    first, second, third = (bytes([part]) * 4 * KIB for part in range(3))
    slow = Slow(first, second, third, chunked=True)
    slow.go(1)
    upstream.says("/v.m3u8", HEAD + '#EXT-X-PART:DURATION=1,URI="p.mp4"\n')
    upstream.asks("/p.mp4", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        replies = [await opened(one, "main/p.mp4") for _ in range(2)]
        bodies = [reply.answer.chunks() for reply in replies]
        assert [await anext(body) for body in bodies] == [first] * 2
        slow.go(2)
        assert [await anext(body) for body in bodies] == [second] * 2
        late = await opened(one, "main/p.mp4")
        assert await anext(late.answer.chunks()) == first + second
        slow.go()
        for reply, body in zip(replies, bodies, strict=True):
            async with reply.answer:
                assert [chunk async for chunk in body] == [third]
        async with late.answer:
            pass
        assert counts(one).following == 0
        assert await one.media("main/p.mp4") == (200, slow.whole)
    assert upstream.count("/p.mp4") == 1


async def test_a_delayed_part_is_shared_and_its_head_is_sent_at_once(
    upstream: Origin,
) -> None:
    """A preload hint: many players wait for its first byte."""
    slow = Slow(b"\0part", chunked=True)
    hint = '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p.mp4"\n'
    upstream.says("/v.m3u8", LIVE + hint)
    upstream.asks("/p.mp4", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        replies = [await opened(one, "main/p.mp4") for _ in range(3)]
        assert all(reply.answer.held for reply in replies)
        slow.go()
        assert [await read(reply) for reply in replies] == [b"\0part"] * 3
    assert upstream.count("/p.mp4") == 1


async def test_a_dead_request_for_a_hint_does_not_hold_a_listed_part_back(
    upstream: Origin,
) -> None:
    """Those who wait since it was a hint get it too."""
    dead = asyncio.Event()

    async def answer(_: web.Request) -> web.Response:
        if upstream.count("/p.mp4") == 1:
            await dead.wait()
        return web.Response(body=b"\0part", content_type="video/mp4")

    upstream.says("/v.m3u8", LIVE + '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="p.mp4"\n')
    upstream.asks("/p.mp4", answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        waits = [asyncio.create_task(one.media("main/p.mp4")) for _ in range(3)]
        await until(lambda: upstream.count("/p.mp4") == 1)
        await one.clock.advance(3)
        assert upstream.count("/p.mp4") == 1
        part = '#EXT-X-PART:DURATION=1,URI="p.mp4"\n'
        upstream.says("/v.m3u8", LIVE + part)
        await one.playlist()
        await one.clock.advance(LATE_PART_SECONDS + 1)
        assert await asyncio.gather(*waits) == [(200, b"\0part")] * 3
        dead.set()
    assert upstream.count("/p.mp4") == 2


async def test_416_contains_the_length(upstream: Origin) -> None:
    """I8: for kept resources."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        await one.media("main/s.ts")
        with pytest.raises(StatusError) as outside:
            await one.media("main/s.ts", Range="bytes=6-")
    assert outside.value.status == 416
    assert outside.value.headers == (("Content-Range", "bytes */6"),)
