"""Where a body ends, and what happens to its connection."""

import asyncio

import pytest

from proxy.core.http.framing import Framing
from proxy.errors import TruncatedError
from proxy.upstream.answer import Answer
from proxy.upstream.question import ExchangeTimeouts
from tests.faults.fault_proxy import FaultProxy, Toxics
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.upstream.asking import question, way_to
from tests.upstream.test_http_body.bodies import CHUNKED, HEAD, length

BODY = bytes(range(256)) * 4000  # 1 MB: more than all buffers on the way


@pytest.mark.parametrize(
    ("reply", "method", "framing", "declared", "body"),
    [
        (answer(b"abc"), "GET", Framing.LENGTH, 3, b"abc"),
        (answer(b""), "GET", Framing.LENGTH, 0, b""),
        (answer(BODY), "GET", Framing.LENGTH, len(BODY), BODY),
        (
            Reply(CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n"),
            "GET",
            Framing.CHUNKED,
            None,
            b"abcde",
        ),
        (Reply(HEAD + b"\r\nabc", End.FIN), "GET", Framing.CLOSE, None, b"abc"),
        (Reply(HEAD + b"\r\n", End.FIN), "GET", Framing.CLOSE, None, b""),
        (
            Reply(b"HTTP/1.0 200 OK\r\n\r\nabc", End.FIN),
            "GET",
            Framing.CLOSE,
            None,
            b"abc",
        ),
        (length(7, b""), "HEAD", Framing.NONE, 7, b""),
        (Reply(CHUNKED), "HEAD", Framing.NONE, None, b""),
        (Reply(b"HTTP/1.1 204 No\r\n\r\n"), "GET", Framing.NONE, None, b""),
        (
            Reply(b"HTTP/1.1 304 No\r\nContent-Length: 7\r\n\r\n"),
            "GET",
            Framing.NONE,
            7,
            b"",
        ),
    ],
)
async def test_the_framing_determines_the_end(
    reply: Reply, method: str, framing: Framing, declared: int | None, body: bytes
) -> None:
    """RFC 9112 section 6.3; an end by closing the connection is known as such (I4)."""
    async with (
        RawOrigin(reply) as origin,
        way_to(origin.url()) as way,
        await way.upstream.ask(question(origin.url(), method=method)) as got,
    ):
        assert (got.framing, got.content_length) == (framing, declared)
        assert b"".join([chunk async for chunk in got.chunks()]) == body
        assert [told.received for told in way.told] == [len(body)]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(length(10, b"abc", End.FIN), id="I1"),
        pytest.param(length(10, b"", End.FIN), id="I1-empty"),
        pytest.param(Reply(CHUNKED + b"3\r\nabc\r\n", End.FIN), id="I2"),
        pytest.param(Reply(CHUNKED + b"3\r\nabc\r\n0\r\n", End.FIN), id="I2-last"),
        pytest.param(Reply(CHUNKED + b"9\r\nabc", End.FIN), id="I2-in-chunk"),
        pytest.param(length(10, b"abc", End.RST), id="I3"),
        pytest.param(Reply(CHUNKED + b"3\r\nabc\r\n", End.RST), id="I3-chunked"),
        pytest.param(Reply(HEAD + b"\r\nabc", End.RST), id="I3-close"),
        pytest.param(length(3_000_000, BODY, End.FIN), id="I1-large"),
    ],
)
async def test_i1_i2_i3_a_body_that_ends_too_early_is_truncated(
    reply: Reply,
) -> None:
    """However it is read; the next request uses another connection."""
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        asked = question(origin.url())
        with pytest.raises(TruncatedError):
            await way.body(asked)
        async with await way.upstream.ask(asked) as got:
            with pytest.raises(TruncatedError):
                await got.read(10_000_000)
        assert [told.failure for told in way.told] == ["http_response_incomplete"] * 2
        assert origin.connections == 2


async def test_i1_a_body_that_stalls_is_truncated() -> None:
    """Silence between two reads is limited."""
    timeouts = ExchangeTimeouts(read_media=0.05)
    async with (
        RawOrigin(length(10, b"abc", End.HANG)) as origin,
        way_to(origin.url(), timeouts=timeouts) as way,
    ):
        with pytest.raises(TruncatedError):
            await way.body(question(origin.url()))
        assert way.told[0].failure == "connection_read_timeout"


@pytest.mark.parametrize(
    "reply", [answer(BODY), Reply(CHUNKED + b"1\r\na\r\n0\r\n\r\n")]
)
async def test_i7_all_bytes_followed_by_a_reset_are_complete(reply: Reply) -> None:
    """The number of bytes decides, not how the connection ends."""
    async with (
        RawOrigin(reply) as origin,
        FaultProxy(origin.port, Toxics(limit=len(reply.data), end=End.RST)) as faults,
    ):
        url = f"http://127.0.0.1:{faults.port}/"
        async with way_to(url) as way:
            assert await way.status(question(url)) == 200
            assert [told.failure for told in way.told] == [None]


async def test_i7_a_slow_reader_gets_all_bytes_after_an_early_end() -> None:
    """The upstream is long gone when the last byte is read (aiohttp before 3.14.4)."""
    async with (
        RawOrigin(answer(BODY, end=End.FIN)) as origin,
        way_to(origin.url()) as way,
        await way.upstream.ask(question(origin.url())) as got,
    ):
        received = 0
        async for chunk in got.chunks():
            received += len(chunk)
            await asyncio.sleep(0.01)
        assert received == len(BODY)


async def test_i3_a_fault_on_the_way_is_a_truncation() -> None:
    """Half of a body is not a body."""
    async with (
        RawOrigin(answer(BODY)) as origin,
        FaultProxy(origin.port, Toxics(limit=len(BODY) // 2, end=End.RST)) as faults,
    ):
        url = f"http://127.0.0.1:{faults.port}/"
        async with way_to(url) as way:
            with pytest.raises(TruncatedError):
                await way.body(question(url))


async def test_a_body_that_was_read_frees_its_connection() -> None:
    """The next request uses it, also after an answer without a body."""
    async with (
        RawOrigin(answer(BODY), answer(b"")) as origin,
        way_to(origin.url()) as way,
    ):
        for _ in range(3):
            await way.status(question(origin.url()))
        assert origin.connections == 1


async def test_leaving_early_closes_the_connection() -> None:
    """The rest is not needed; the report says so and names no failure."""
    async with (
        RawOrigin(answer(BODY * 8), answer(b"")) as origin,
        way_to(origin.url()) as way,
    ):
        async with await way.upstream.ask(question(origin.url())) as got:
            await anext(got.chunks())
        assert await way.status(question(origin.url())) == 200
        assert origin.connections == 2
        first = way.told[0]
        assert (first.status, first.failure) == (200, None)
        assert 0 < first.received < 8 * len(BODY)


async def test_cancelling_closes_the_connection() -> None:
    """Nobody waits for an unread answer."""
    begun = asyncio.Event()

    async def play(got: Answer) -> None:
        async with got:
            async for _ in got.chunks():
                begun.set()

    async with (
        RawOrigin(length(10, b"abc", End.HANG), answer(b"")) as origin,
        way_to(origin.url()) as way,
    ):
        got = await way.upstream.ask(question(origin.url()))
        player = asyncio.create_task(play(got), name="player")
        await begun.wait()
        player.cancel()
        with pytest.raises(asyncio.CancelledError):
            await player
        assert await way.status(question(origin.url())) == 200
        assert origin.connections == 2
