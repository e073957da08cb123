"""A range is answered as by the origin, from a kept copy or a running fill."""

import asyncio
from collections.abc import Awaitable, Mapping

import pytest
from aiohttp import web

from proxy.errors import StatusError
from tests.sharing.test_joining.ranged import BODY, ranged
from tests.streams.built import built
from tests.streams.origin import Origin
from tests.streams.storing import (
    HEAD,
    LIVE,
    VOD,
    Slow,
    cache,
    counts,
    opened,
    read,
    store,
    until,
)

MATRIX: Mapping[str, tuple[int, bytes]] = {
    "bytes=0-": (206, BODY),
    "bytes=0-0": (206, BODY[:1]),
    "bytes=5-99": (206, BODY[5:100]),
    "bytes=4095-": (206, BODY[-1:]),
    "bytes=-7": (206, BODY[-7:]),
    "bytes=4000-9999": (206, BODY[4000:]),
    "bytes=4096-": (416, b""),
}


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("asked", MATRIX)
async def test_i8_a_range_is_answered_as_by_the_origin(
    upstream: Origin, asked: str, *, kept: bool
) -> None:
    """On a miss and on a hit: the same status, position and bytes."""
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", ranged())
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        if kept:
            await one.media("main/s.ts")
        status, body = MATRIX[asked]
        for _ in range(2):
            if status == 416:
                with pytest.raises(StatusError) as outside:
                    await opened(one, "main/s.ts", Range=asked)
                assert ("Content-Range", "bytes */4096") in outside.value.headers
                continue
            reply = await opened(one, "main/s.ts", Range=asked)
            assert (reply.status, await read(reply)) == (status, body)
            told = dict(reply.headers)["Content-Range"]
            start = BODY.index(body) if len(body) > 256 else None
            if start is not None:
                assert told == f"bytes {start}-{start + len(body) - 1}/4096"
            assert told.endswith("/4096")
    if kept:
        assert upstream.count("/s.ts") == 1


async def test_i8_a_closed_range_is_kept_on_its_own(upstream: Origin) -> None:
    """`EXT-X-BYTERANGE`: 20 players request the same part of a large file."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\n#EXT-X-BYTERANGE:100@50\ns.ts\n")
    upstream.asks("/s.ts", ranged())
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        asks = (one.media("main/s.ts", Range="bytes=50-149") for _ in range(20))
        assert await asyncio.gather(*asks) == [(206, BODY[50:150])] * 20
        again = await opened(one, "main/s.ts", Range="bytes=50-149")
        assert (cache(again), await read(again)) == ("hit", BODY[50:150])
        assert ("Content-Range", "bytes 50-149/4096") in again.headers
        other = await opened(one, "main/s.ts", Range="bytes=51-149")
        assert (cache(other), await read(other)) == (
            "fwd=uri-miss; stored",
            BODY[51:150],
        )
    assert [each.get("Range") for each in upstream.headers[1:]] == [
        "bytes=50-149",
        "bytes=51-149",
    ]


async def test_i8_if_range_of_another_version_gets_the_whole(upstream: Origin) -> None:
    """On a hit; on a miss the upstream decides."""
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", ranged())
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        await one.media("main/s.ts")
        asked = {"Range": "bytes=5-9", "If_Range": '"b"'}
        assert await one.media("main/s.ts", **asked) == (200, BODY)
        asked["If_Range"] = '"a"'
        assert await one.media("main/s.ts", **asked) == (206, BODY[5:10])
    assert upstream.count("/s.ts") == 1


async def test_i8_a_whole_from_an_upstream_without_ranges_is_kept(
    upstream: Origin,
) -> None:
    """The first player gets it unchanged; parts are cut from the kept copy."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", BODY)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        assert await one.media("main/s.ts", Range="bytes=5-9") == (200, BODY)
        assert await one.media("main/s.ts") == (200, BODY)
        assert await one.media("main/s.ts", Range="bytes=7-") == (206, BODY[7:])
        assert counts(one).hits == 2
    assert upstream.count("/s.ts") == 1


async def test_a_range_is_cut_from_a_running_fill(upstream: Origin) -> None:
    """It waits for its bytes; the upstream gets no request for them."""
    slow = Slow(BODY, BODY[::-1], Accept_Ranges="bytes")
    slow.go(1)
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", slow.answer)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        whole = await opened(one, "main/s.ts")
        cut = await opened(one, "main/s.ts", Range="bytes=4000-4999")
        last = await opened(one, "main/s.ts", Range="bytes=-10")
        assert (cut.status, last.status) == (206, 206)
        assert ("Content-Range", "bytes 4000-4999/8192") in cut.headers
        with pytest.raises(StatusError):
            await opened(one, "main/s.ts", Range="bytes=9000-")
        slow.go()
        assert await read(cut) == slow.whole[4000:5000]
        assert await read(last) == slow.whole[-10:]
        assert await read(whole) == slow.whole
    assert upstream.count("/s.ts") == 1


async def test_a_range_of_unknown_length_is_a_request_of_its_own(
    upstream: Origin,
) -> None:
    """Its end is unknown, so the upstream decides."""
    slow = Slow(BODY, BODY, chunked=True)
    slow.go(1)

    def decide(
        request: web.Request,
    ) -> web.StreamResponse | Awaitable[web.StreamResponse]:
        own = ranged(BODY + BODY) if "Range" in request.headers else slow.answer
        return own(request)

    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", decide)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        whole = await opened(one, "main/s.ts")
        assert await one.media("main/s.ts", Range="bytes=5-9") == (206, BODY[5:10])
        slow.go()
        assert await read(whole) == BODY + BODY
    assert upstream.count("/s.ts") == 2


async def test_a_growing_file_is_shared_from_the_start_of_a_hint(
    upstream: Origin,
) -> None:
    """A preload hint with BYTERANGE-START: an open range of an unfinished file."""
    gate = asyncio.Event()

    async def grow(request: web.Request) -> web.StreamResponse:
        assert request.headers["Range"] == "bytes=100-"
        response = web.StreamResponse(
            status=206, headers={"Content-Range": "bytes 100-8291/*"}
        )
        response.content_type = "video/mp4"
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(BODY)
        await gate.wait()
        await response.write(BODY)
        return response

    hint = '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="g.mp4",BYTERANGE-START=100\n'
    upstream.says("/v.m3u8", LIVE + hint)
    upstream.asks("/g.mp4", grow)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        replies = [await opened(one, "main/g.mp4", Range="bytes=100-") for _ in "abc"]
        assert [reply.status for reply in replies] == [206] * 3
        gate.set()
        assert [await read(reply) for reply in replies] == [BODY + BODY] * 3
        # The length of the whole is unknown, so nothing is kept of it.
        await until(lambda: counts(one).unkept == 1)
        assert counts(one).kept == 0
    assert upstream.count("/g.mp4") == 1


async def test_i9_requests_of_the_proxys_own_change_no_status(
    upstream: Origin,
) -> None:
    """`bytes=0-` is sent as a request for the whole, and still answered as a part."""
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", ranged())
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        part, whole = await asyncio.gather(
            one.media("main/s.ts", Range="bytes=0-"), one.media("main/s.ts")
        )
    assert (part, whole) == ((206, BODY), (200, BODY))
    assert "Range" not in upstream.headers[-1]
    assert upstream.count("/s.ts") == 1
