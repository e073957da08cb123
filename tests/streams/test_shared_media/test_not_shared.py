"""What may not be kept is fetched by each player."""

import asyncio

from aiohttp import web

from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import (
    MIB,
    VOD,
    Slow,
    cache,
    counts,
    opened,
    read,
    store,
)


async def test_c2_an_answer_that_may_not_be_kept_is_not_awaited(
    upstream: Origin,
) -> None:
    """Each player fetches its own, and does not wait until the others have theirs."""
    inside, most = 0, 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.05)
        inside -= 1
        said = {"Cache-Control": "no-store", "Content-Type": "video/mp2t"}
        return web.Response(body=b"\0own", headers=said)

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", answer)
    upstream.asks("/t.ts", answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        for name in ("s.ts", "t.ts"):
            got = await asyncio.gather(*(one.media(f"main/{name}") for _ in range(20)))
            assert got == [(200, b"\0own")] * 20
        assert counts(one).hits == 0
        reply = await opened(one, "main/s.ts")
        assert cache(reply) == "fwd=uri-miss; detail=no-store"
        await read(reply)
        await one.clock.advance(11)
        again = await opened(one, "main/t.ts")
        assert cache(again) == cache(reply)
        await read(again)
        assert counts(one).misses == 3
    assert upstream.count("/t.ts") == 21
    assert most >= 19


async def test_a_resource_that_is_too_large_is_fetched_by_each_player(
    upstream: Origin,
) -> None:
    """The first gets the answer that arrived; the others send their own requests."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0" * (2 * MIB))
    async with built(f"{upstream.url}/v.m3u8", store=store(largest=MIB)) as one:
        await one.playlist()
        got = await asyncio.gather(*(one.media("main/s.ts") for _ in range(3)))
        assert got == [(200, b"\0" * (2 * MIB))] * 3
        ranged = await opened(one, "main/s.ts", Range="bytes=0-")
        await read(ranged)
    assert upstream.count("/s.ts") == 4


async def test_a_resource_that_grows_too_large_is_passed_on_whole(
    upstream: Origin,
) -> None:
    """Its length was unknown. No player is cut off, and nothing is kept."""
    slow = Slow(*(bytes([part]) * MIB for part in range(1, 9)), chunked=True)
    slow.go(1)
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store(largest=2 * MIB)) as one:
        await one.playlist()
        first, second = await opened(one, "main/s.ts"), await opened(one, "main/s.ts")
        slow.go()
        got = await asyncio.gather(read(first), read(second))
        assert list(got) == [slow.whole] * 2
        assert (counts(one).kept, counts(one).unkept) == (0, 1)
        third = await opened(one, "main/s.ts")
        assert cache(third).endswith('detail="no room"')
        await read(third)
    assert upstream.count("/s.ts") == 2


async def test_a_body_that_ends_with_its_connection_is_not_shared(
    upstream: Origin,
) -> None:
    """I4: its end proves nothing."""

    async def close(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "video/mp2t"})
        response.force_close()
        response._length_check = False  # noqa: SLF001
        await response.prepare(request)
        await response.write(b"\0media")
        return response

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", close)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        for _ in range(2):
            reply = await opened(one, "main/s.ts")
            if reply.answer.framing == "close":
                assert cache(reply).endswith("detail=close-delimited")
            assert await read(reply) == b"\0media"
        assert counts(one).kept == 0
    assert upstream.count("/s.ts") == 2


async def test_without_room_the_store_does_nothing(upstream: Origin) -> None:
    """`memory_bytes = 0`: every request is sent upstream as it is."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8", store=store(budget=0)) as one:
        await one.playlist()
        for _ in range(2):
            assert await one.media("main/s.ts", Range="bytes=0-") == (200, b"\0media")
        assert counts(one).bypasses == 2
    assert upstream.headers[-1]["Range"] == "bytes=0-"
    assert upstream.count("/s.ts") == 2


async def test_client_data_for_the_upstream_prevents_sharing(
    upstream: Origin,
) -> None:
    """`cmcd_on_media`: the upstream wants to see each player's data."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0media")
    async with built(f"{upstream.url}/v.m3u8", store=store(), client_data=True) as one:
        await one.playlist()
        await one.media("main/s.ts", "CMCD=br%3D1")
        await one.media("main/s.ts", CMCD_Session="sid=1")
        await one.media("main/s.ts")
        await one.media("main/s.ts")
        assert (counts(one).bypasses, counts(one).hits) == (2, 1)
    assert upstream.count("/s.ts") == 3
