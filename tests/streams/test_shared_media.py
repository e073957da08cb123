"""Each resource is fetched once for all, and then served from the store."""

import asyncio
import contextlib
from collections.abc import Awaitable

import pytest
from aiohttp import web

from proxy.errors import StatusError, TruncatedError, UnreachableError
from proxy.sharing.fill import LATE_PART_SECONDS
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
