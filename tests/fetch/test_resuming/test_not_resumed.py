"""A body that cannot be continued is an error for the player."""

import asyncio

import pytest

from proxy.errors import TruncatedError
from proxy.fetch.resuming import Resuming
from proxy.replies import MediaReply, PlayerAsk
from proxy.upstream.answer import Answer
from tests.fake_clock import FakeClock
from tests.fetch.test_resuming.broken import (
    BODY,
    HALF,
    PLAYLIST,
    TAG,
    broken,
    got,
    rest,
)
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.streams.built import built
from tests.upstream.asking import question, way_to


@pytest.mark.parametrize(
    "second",
    [
        answer(BODY, TAG),
        rest(HALF, 'ETag: "other"'),
        rest(HALF),
        rest(HALF + 1, TAG),
        rest(HALF, TAG, said=f"bytes {HALF}-{len(BODY) - 1}/{len(BODY) + 1}"),
        rest(HALF, TAG, "Content-Encoding: gzip"),
        answer(status="416 No"),
        Reply(
            b"HTTP/1.1 206 Part\r\nContent-Range: bytes %d-%d/%d\r\n%b\r\n\r\n%b"
            % (HALF, len(BODY) - 1, len(BODY), TAG.encode(), BODY[HALF:]),
            End.FIN,
        ),
    ],
    ids=["200", "tag", "no tag", "start", "total", "coding", "416", "close-delimited"],
)
async def test_i6_a_part_that_does_not_fit_is_not_joined(second: Reply) -> None:
    """The player sees an error, and no second attempt is made."""
    async with (
        RawOrigin(PLAYLIST, broken(HALF, TAG), second) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        with pytest.raises(TruncatedError):
            await got(one)
        assert len(origin.heard) == 3


@pytest.mark.parametrize(
    "first",
    [
        broken(HALF),
        broken(HALF, 'ETag: W/"weak"'),
        broken(HALF, TAG, "Accept-Ranges: none"),
        broken(HALF, TAG, "Content-Encoding: gzip"),
        Reply(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n%b" % (TAG.encode(), BODY), End.RST),
    ],
    ids=["no tag", "weak", "no ranges", "coded", "close-delimited"],
)
async def test_i6_a_body_that_cannot_be_joined_is_not_resumed(first: Reply) -> None:
    """Without a strong validator, for example, or without a known length."""
    async with (
        RawOrigin(PLAYLIST, first) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        with pytest.raises(TruncatedError):
            await got(one)
        assert len(origin.heard) == 2


async def test_head_has_nothing_to_resume() -> None:
    """It is answered as usual."""
    head = Reply(answer(BODY, TAG).data[: -len(BODY)])
    async with (
        RawOrigin(PLAYLIST, head) as origin,
        built(origin.url("/v.m3u8")) as one,
    ):
        await one.playlist()
        reply = await one.stream.open("main/s.ts", PlayerAsk("HEAD", "", {}, ""))
        assert isinstance(reply, MediaReply)
        async with reply.answer as body:
            assert [chunk async for chunk in body.chunks()] == []
        assert reply.answer.content_length == len(BODY)


async def test_a_rest_that_comes_too_late_is_an_error() -> None:
    """A player waits for it only as long as for a first byte."""

    async def never(fields: object) -> Answer:
        del fields
        await asyncio.Event().wait()
        raise AssertionError

    async with (
        RawOrigin(broken(HALF, TAG)) as origin,
        way_to(origin.url()) as way,
    ):
        first = await way.upstream.ask(question(origin.url()))
        async with Resuming(first, never, clock=FakeClock(), seconds=0.01) as body:
            with pytest.raises(TruncatedError):
                async for _ in body.chunks():
                    pass
