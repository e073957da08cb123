"""I6: an interrupted body is continued, and the player does not notice."""

import gc
from hashlib import sha256

import pytest

from proxy.core.hls.names import Volatile
from proxy.core.tokens.placing.placement import Header
from proxy.errors import TruncatedError
from proxy.fetch.resuming import MAX_RESUMES, Resuming
from proxy.replies import MediaReply
from proxy.upstream.http_answer import HttpAnswer
from tests.fetch.test_resuming.broken import (
    BODY,
    HALF,
    PLAYLIST,
    TAG,
    TEXT,
    broken,
    got,
    rest,
)
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.streams.built import ask, built


def chunked(body: bytes, *fields: str, ended: bool) -> Reply:
    """Return a chunked answer, with or without its last chunk."""
    head = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *fields, "", ""]
    framed = b"%x\r\n%b\r\n" % (len(body), body)
    end = b"0\r\n\r\n" if ended else b""
    return Reply("\r\n".join(head).encode() + framed + end, End.FIN)


async def test_i6_a_reset_in_the_middle_is_not_noticed() -> None:
    """The same bytes; the upstream gets the range, the validator and a token."""
    replies = (PLAYLIST, broken(HALF, TAG), rest(HALF, TAG))
    async with (
        RawOrigin(*replies) as origin,
        built(
            origin.url("/v.m3u8"), placement=Header("X-Token"), everything=True
        ) as one,
    ):
        await one.playlist()
        status, body, headers = await got(one)
        first, second = origin.heard[1:]
    assert (status, sha256(body).digest()) == (200, sha256(BODY).digest())
    assert "Content-Range" not in headers
    assert first.target == second.target == "/s.ts"
    assert second.values("Range") == [f"bytes={HALF}-"]
    assert second.values("If-Range") == ['"strong"']
    assert second.values("X-Token") == first.values("X-Token") == ["TOKEN-1"]


async def test_nothing_is_left_for_the_garbage_collector() -> None:
    """A body is freed with its reader: collecting cycles would be expensive."""
    async with (
        RawOrigin(PLAYLIST, answer(BODY * 20, TAG)) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        await got(one)
        gc.collect()
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            await got(one)
            gc.collect()
            left = [
                each for each in gc.garbage if isinstance(each, HttpAnswer | Resuming)
            ]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
    assert left == []


async def test_i6_it_may_break_as_long_as_each_try_brings_bytes() -> None:
    """It continues each time; two tries in a row without a byte end it."""
    parts = [rest(at, TAG, upto=at + 100) for at in range(100, 900, 100)]
    useful = (broken(100, TAG), *parts, rest(900, TAG))
    useless = (broken(100, TAG), *parts[:4], *[rest(500, TAG, upto=500)] * 2)
    async with (
        RawOrigin(PLAYLIST, *useful, *useless) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        assert (await got(one))[1] == BODY
        with pytest.raises(TruncatedError):
            await got(one)
        assert len(origin.heard) == 1 + len(useful) + len(useless)


async def test_i6_a_body_is_resumed_a_limited_number_of_times() -> None:
    """However little each try brings."""
    drops = [rest(at, TAG, upto=at + 1) for at in range(100, 100 + MAX_RESUMES)]
    async with (
        RawOrigin(PLAYLIST, broken(100, TAG), *drops) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        with pytest.raises(TruncatedError):
            await got(one)
        assert len(origin.heard) == 2 + MAX_RESUMES


async def test_i6_a_chunked_body_is_resumed_too() -> None:
    """Its length becomes known from the rest."""
    replies = (chunked(BODY[:HALF], TAG, ended=False), rest(HALF, TAG))
    async with (
        RawOrigin(PLAYLIST, *replies) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        assert (await got(one))[1] == BODY


async def test_i9_a_players_own_range_is_resumed() -> None:
    """To its own end; its conditions only applied to the first request."""
    part = BODY[:50_000]
    fields = (TAG, f"Content-Range: bytes 1000-50999/{len(BODY)}")
    first = answer(part, *fields, status="206 Partial")
    cut = Reply(first.data[:-20_000], End.RST)
    second = answer(
        part[30_000:],
        TAG,
        f"Content-Range: bytes 31000-50999/{len(BODY)}",
        status="206 Partial",
    )
    async with (
        RawOrigin(PLAYLIST, cut, second) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        status, body, headers = await got(
            one, Range="bytes=1000-50999", If_None_Match='"old"', Accept="video/*"
        )
        heard = origin.heard[-1]
    assert (status, body) == (206, part)
    assert headers["Content-Range"] == f"bytes 1000-50999/{len(BODY)}"
    assert heard.values("Range") == ["bytes=31000-50999"]
    assert heard.values("If-None-Match") == []
    assert heard.values("Accept") == ["video/*"]


async def test_i6_it_is_resumed_with_the_current_token() -> None:
    """The first one was refused meanwhile."""
    refused = answer(b"", status="403 No")
    replies = (PLAYLIST, broken(HALF, TAG), refused, rest(HALF, TAG))
    async with (
        RawOrigin(*replies) as origin,
        built(
            origin.url("/v.m3u8"), placement=Header("X-Token"), everything=True
        ) as one,
    ):
        await one.playlist()
        assert (await got(one))[1] == BODY
        tokens = [heard.values("X-Token")[0] for heard in origin.heard[1:]]
    assert tokens == ["TOKEN-1", "TOKEN-1", "TOKEN-2"]


async def test_i6_it_is_resumed_at_the_current_url() -> None:
    """A child that the platform signed is found again with its newer signature."""
    old, renewed = (answer(TEXT + b"?sig=%d\n" % number) for number in (1, 2))
    refused = answer(b"", status="403 No")
    replies = (old, broken(HALF, TAG), refused, renewed, rest(HALF, TAG))
    async with (
        RawOrigin(*replies) as origin,
        built(origin.url("/v.m3u8"), volatile=Volatile(frozenset({"sig"}))) as one,
    ):
        name = (await one.playlist()).split()[-1]
        reply = await one.stream.open(name, ask())
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            assert b"".join([chunk async for chunk in body.chunks()]) == BODY
        assert origin.heard[-1].target == "/s.ts?sig=2"
        assert origin.heard[-1].values("If-Range") == ['"strong"']


async def test_a_second_attempt_waits_for_a_longer_outage() -> None:
    """The first attempt meets a server that is still down."""
    down = answer(b"", "Retry-After: 1", status="503 Busy")
    replies = (PLAYLIST, broken(HALF, TAG), down, rest(HALF, TAG))
    async with (
        RawOrigin(*replies) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        assert (await one.patiently(got(one)))[1] == BODY


async def test_a_break_before_the_first_byte_needs_no_validator() -> None:
    """It is requested again as a whole: a key breaks off while it is being checked.

    A second break is passed on to the player.
    """
    early = broken(10)
    async with (
        RawOrigin(PLAYLIST, early, answer(BODY), early) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        assert (await got(one))[:2] == (200, BODY)
        with pytest.raises(TruncatedError):
            await got(one)
        assert len(origin.heard) == 5
        assert origin.heard[2].values("Range") == []


async def test_an_interrupted_playlist_is_requested_once_more() -> None:
    """It is read whole before anything is sent; a second break is an error."""
    cut = Reply(PLAYLIST.data[:-3], End.RST)
    async with (
        RawOrigin(cut, PLAYLIST, cut) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        assert "main/s.ts" in await one.playlist()
        with pytest.raises(TruncatedError):
            await one.playlist()
        assert len(origin.heard) == 4
