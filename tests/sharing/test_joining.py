"""Players join fills, old copies bridge faults, and ranges are exact."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import pytest
from aiohttp import web

from proxy.core.tokens.token import KeptToken
from proxy.errors import StatusError, TokenUnavailableError, UnreachableError
from tests.streams.built import Built, Tokens, built
from tests.streams.origin import Decide, Origin
from tests.streams.storing import (
    HEAD,
    KIB,
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

BODY = bytes(range(256)) * 16


def ranged(
    body: bytes = BODY, etag: str = '"a"', **more: str
) -> Callable[[web.Request], web.Response]:
    """Return a handler that answers as an origin with ranges does."""
    said = {name.replace("_", "-"): value for name, value in more.items()}

    def answer(request: web.Request) -> web.Response:
        wanted = request.http_range
        fields = {"ETag": etag, "Accept-Ranges": "bytes", **said}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=fields)
        if "Range" not in request.headers:
            return web.Response(body=body, content_type="video/mp2t", headers=fields)
        start, stop, _ = wanted.indices(len(body))
        if start >= stop:
            fields["Content-Range"] = f"bytes */{len(body)}"
            return web.Response(status=416, headers=fields)
        fields["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
        return web.Response(
            status=206,
            body=body[start:stop],
            content_type="video/mp2t",
            headers=fields,
        )

    return answer


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


async def expired(one: Built, upstream: Origin, answer: Decide) -> None:
    """Keep a segment that is fresh for a minute, and let two pass."""
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", answer)
    await one.playlist()
    await one.media("main/s.ts")
    await one.clock.advance(120)


async def test_a_stale_resource_is_revalidated(upstream: Origin) -> None:
    """A 304 makes it fresh again, for all who wait."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        got = await asyncio.gather(*(one.media("main/s.ts") for _ in range(5)))
        assert got == [(200, BODY)] * 5
        assert upstream.headers[-1]["If-None-Match"] == '"a"'
        hit = await opened(one, "main/s.ts")
        assert (cache(hit), hit.age) == ("hit", 0)
        await read(hit)
    assert upstream.count("/s.ts") == 2


async def test_a_stale_resource_that_has_changed_is_replaced(upstream: Origin) -> None:
    """The new one is served and kept."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.asks("/s.ts", ranged(BODY[::-1], '"b"', Cache_Control="max-age=60"))
        for _ in range(2):
            assert await one.media("main/s.ts") == (200, BODY[::-1])
    assert upstream.count("/s.ts") == 2


@pytest.mark.parametrize(
    "said",
    ["max-age=60, must-revalidate", "s-maxage=60", "max-age=60,proxy-revalidate"],
)
async def test_c6_a_stale_resource_is_not_served_if_the_upstream_forbids_it(
    upstream: Origin, said: str
) -> None:
    """RFC 9111 section 4.2.4. The player gets the failure."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control=said))
        upstream.says("/s.ts", b"", status=500)
        with pytest.raises(StatusError):
            await one.media("main/s.ts")
        assert counts(one).stale == 0


async def test_an_empty_segment_is_not_kept(upstream: Origin) -> None:
    """It may be a fault that passes."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"")
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        assert await one.media("main/s.ts") == (200, b"")
        upstream.asks("/s.ts", ranged())
        assert await one.media("main/s.ts") == (200, BODY)


@pytest.mark.parametrize("status", [500, 503])
async def test_c6_a_stale_resource_is_served_if_the_upstream_fails(
    upstream: Origin, status: int
) -> None:
    """At once, and for some seconds without another request."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.says("/s.ts", b"", status=status)
        for _ in range(3):
            reply = await opened(one, "main/s.ts")
            assert (cache(reply), reply.age) == ("hit; ttl=-60; detail=stale", 120)
            assert await read(reply) == BODY
        asked = upstream.count("/s.ts")
        assert asked <= 3
        assert counts(one).stale == 3
        await one.clock.advance(6)
        await one.media("main/s.ts")
    assert upstream.count("/s.ts") > asked


async def test_c6_a_silent_upstream_does_not_delay_a_kept_resource(
    upstream: Origin,
) -> None:
    """After two seconds the old copy is served."""
    gate = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.asks("/s.ts", silent)
        asked = asyncio.create_task(one.media("main/s.ts"))
        await until(lambda: upstream.count("/s.ts") == 2)
        await one.clock.advance(2)
        assert await asked == (200, BODY)
        gate.set()


async def test_c6_a_404_is_not_a_fault(upstream: Origin) -> None:
    """A resource that the upstream has removed is not served."""
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await expired(one, upstream, ranged(Cache_Control="max-age=60"))
        upstream.says("/s.ts", b"", status=404)
        with pytest.raises(StatusError):
            await one.media("main/s.ts")


class Faded(Tokens):
    """A keeper whose token service is down when a test says so."""

    down = False

    async def token(self) -> KeptToken:
        """Return the token, or fail."""
        if self.down:
            raise TokenUnavailableError("the service is down", retry_after=1)
        return await super().token()


async def test_r4_a_kept_resource_needs_no_token(upstream: Origin) -> None:
    """Fresh or stale; only fetching fails."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/t.ts", BODY)
    upstream.asks("/s.ts", ranged(Cache_Control="max-age=60"))
    tokens = Faded()
    async with built(
        f"{upstream.url}/v.m3u8", store=store(), everything=True, keeper=tokens
    ) as one:
        await one.playlist()
        await one.media("main/s.ts")
        tokens.down = True
        for _ in range(2):
            assert await one.media("main/s.ts") == (200, BODY)
            await one.clock.advance(120)
        assert (counts(one).hits, counts(one).stale) == (1, 1)
        with pytest.raises(TokenUnavailableError):
            await one.media("main/t.ts")
    assert upstream.count("/s.ts") == 1


KEYED = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"\n#EXTINF:4,\ns.ts\n'


@pytest.mark.parametrize("ended", [False, True])
async def test_a_key_is_kept_for_ten_seconds(upstream: Origin, *, ended: bool) -> None:
    """Then it is requested again; an old copy bridges a fault only for a recording."""
    end = "#EXT-X-ENDLIST\n" if ended else ""
    upstream.says("/v.m3u8", HEAD + KEYED + end)
    upstream.says("/k.bin", b"k" * 16)
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        name = (await one.playlist()).split('URI="')[1].split('"')[0]
        for _ in range(3):
            assert await one.media(name) == (200, b"k" * 16)
        assert upstream.count("/k.bin") == 1
        await one.clock.advance(9)
        await one.media(name)
        assert upstream.count("/k.bin") == 1
        await one.clock.advance(2)
        await one.playlist()
        upstream.says("/k.bin", b"", status=503)
        if ended:
            assert await one.media(name) == (200, b"k" * 16)
        else:
            with pytest.raises((StatusError, UnreachableError)):
                await one.patiently(one.media(name))


async def test_subtitles_are_kept_without_secrets(upstream: Origin) -> None:
    """If the upstream repeats the token, it is removed once for all."""
    upstream.says("/v.m3u8", HEAD + "#EXTINF:4,\ns.vtt\n#EXT-X-ENDLIST\n")
    text = b"WEBVTT\n\n00:00.000 --> 00:01.000\nhttps://a.test/?token=TOKEN-1000\n"
    upstream.says("/s.vtt", text, kind="text/vtt")
    async with built(
        f"{upstream.url}/v.m3u8",
        store=store(),
        everything=True,
        keeper=Tokens(generation=1000),
    ) as one:
        await one.playlist()
        got = [await one.media("main/s.vtt") for _ in range(3)]
    assert len({body for _, body in got}) == 1
    assert b"TOKEN-1000" not in got[0][1]
    assert upstream.count("/s.vtt") == 1


async def test_after_an_encoders_restart_no_earlier_media_is_served(
    upstream: Origin,
) -> None:
    """It counts from 0 again, with the same names and other media."""
    numbered = HEAD + "#EXT-X-MEDIA-SEQUENCE:{}\n#EXTINF:4,\n{}.ts\n"
    upstream.says("/v.m3u8", numbered.format(7, 7))
    upstream.says("/7.ts", b"\0before")
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        assert await one.media("main/7.ts") == (200, b"\0before")
        await one.clock.advance(4)
        upstream.says("/v.m3u8", numbered.format(0, 0))
        await one.playlist()
        await one.clock.advance(28)
        upstream.says("/v.m3u8", numbered.format(7, 7))
        upstream.says("/7.ts", b"\0after")
        await one.playlist()
        assert await one.media("main/7.ts") == (200, b"\0after")


async def test_trust_in_the_playlist_overrides_header_fields(upstream: Origin) -> None:
    """`store.trust = "playlist"`: as players do."""
    upstream.says("/v.m3u8", VOD)
    upstream.says("/s.ts", b"\0media", Cache_Control="no-store")
    async with built(f"{upstream.url}/v.m3u8", store=store(), trusted=True) as one:
        await one.playlist()
        for _ in range(3):
            assert await one.media("main/s.ts") == (200, b"\0media")
    assert upstream.count("/s.ts") == 1


async def test_head_and_validators_are_answered_from_the_store(
    upstream: Origin,
) -> None:
    """Without a kept copy they are sent upstream unchanged."""
    upstream.says("/v.m3u8", VOD)
    upstream.asks("/s.ts", ranged())
    async with built(f"{upstream.url}/v.m3u8", store=store()) as one:
        await one.playlist()
        assert await one.media("main/s.ts", If_None_Match='"a"') == (304, b"")
        await one.media("main/s.ts")
        reply = await opened(one, "main/s.ts", If_None_Match='"a"')
        assert (reply.status, cache(reply), await read(reply)) == (304, "hit", b"")
        assert await one.media("main/s.ts", If_None_Match='"b"') == (200, BODY)
    assert upstream.count("/s.ts") == 2


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
