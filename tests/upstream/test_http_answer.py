"""Answers: framing, truncation, and what happens to the connection."""

import asyncio
import gzip

import pytest

from proxy.core.http.framing import Framing
from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.errors import BadAnswerError, TruncatedError
from proxy.upstream.answer import Answer
from proxy.upstream.question import ExchangeTimeouts
from tests.faults.fault_proxy import FaultProxy, Toxics
from tests.raw_origin import End, RawOrigin, Reply, answer, redirect
from tests.upstream.asking import question, way_to

BODY = bytes(range(256)) * 4000  # 1 MB: more than all buffers on the way
TEXT = b"#EXTM3U\n" * 1000
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def length(declared: int, body: bytes, end: End = End.KEEP) -> Reply:
    """Return an answer that declares another length than it has."""
    return Reply(HEAD + b"Content-Length: %d\r\n\r\n" % declared + body, end)


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


async def test_peeked_bytes_stay() -> None:
    """For both ways of reading; peeking beyond the end is harmless."""
    async with RawOrigin(answer(b"#EXTM3U\n")) as origin, way_to(origin.url()) as way:
        async with await way.upstream.ask(question(origin.url())) as got:
            assert await got.peek(7) == b"#EXTM3U"
            assert await got.peek(100) == b"#EXTM3U\n"
            assert [chunk async for chunk in got.chunks()] == [b"#EXTM3U\n"]
        async with await way.upstream.ask(question(origin.url())) as got:
            assert await got.peek(3) == b"#EX"
            assert await got.read(100) == b"#EXTM3U\n"


async def test_peeking_waits_for_the_requested_length() -> None:
    """An upstream may send byte by byte."""
    async with (
        RawOrigin(answer(b"#EXTM3U\n")) as origin,
        FaultProxy(origin.port, Toxics(slice=1, latency=0.0001)) as faults,
    ):
        url = f"http://127.0.0.1:{faults.port}/"
        async with way_to(url) as way, await way.upstream.ask(question(url)) as got:
            assert await got.peek(7) == b"#EXTM3U"


@pytest.mark.parametrize("coding", ["Content-Encoding: gzip", "X-Nothing: said"])
async def test_a_playlist_is_decoded_and_media_is_not(coding: str) -> None:
    """Media is passed on as received, with the header that names its coding."""
    packed = gzip.compress(TEXT, mtime=0)
    async with RawOrigin(answer(packed, coding)) as origin, way_to(origin.url()) as way:
        asked = question(origin.url(), kind=Kind.PLAYLIST)
        async with await way.upstream.ask(asked) as got:
            assert await got.read(len(TEXT)) == TEXT
        assert await way.body(question(origin.url())) == packed


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (gzip.compress(TEXT, mtime=0)[:-1], ("Content-Encoding: gzip",)),
        (gzip.compress(TEXT, mtime=0)[:-1], ()),
        (TEXT, ("Content-Encoding: br",)),
        (
            gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0),
            ("Content-Encoding: gzip, gzip",),
        ),
    ],
)
async def test_i5_a_playlist_that_cannot_be_decoded_is_a_bad_answer(
    body: bytes, fields: tuple[str, ...]
) -> None:
    """Even if its length is as declared."""
    async with RawOrigin(answer(body, *fields)) as origin, way_to(origin.url()) as way:
        asked = question(origin.url(), kind=Kind.PLAYLIST)
        async with await way.upstream.ask(asked) as got:
            with pytest.raises(BadAnswerError):
                await got.read(10_000_000)


@pytest.mark.parametrize(
    "reply",
    [
        answer(TEXT),
        Reply(CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(TEXT), TEXT)),
        Reply(HEAD + b"\r\n" + TEXT, End.FIN),
        answer(gzip.compress(TEXT, mtime=0), "Content-Encoding: gzip"),
    ],
    ids=["length", "chunked", "close", "gzip"],
)
async def test_s9_a_body_is_limited(reply: Reply) -> None:
    """As much as allowed passes, one byte more does not."""
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        asked = question(origin.url(), kind=Kind.PLAYLIST)
        async with await way.upstream.ask(asked) as got:
            assert await got.read(len(TEXT)) == TEXT
        async with await way.upstream.ask(asked) as got:
            with pytest.raises(BadAnswerError):
                await got.read(len(TEXT) - 1)


async def test_s9_a_body_that_is_declared_too_long_is_not_read() -> None:
    """Its connection is closed instead."""
    async with (
        RawOrigin(length(10_000_000, b"abc", End.HANG)) as origin,
        way_to(origin.url()) as way,
        await way.upstream.ask(question(origin.url())) as got,
    ):
        with pytest.raises(BadAnswerError):
            await got.read(1000)
        assert way.told[0].failure == "http_response_body_size"


async def test_duplicate_fields_are_kept() -> None:
    """In order."""
    reply = answer(b"", "Cache-Control: no-store", "cache-control: private")
    async with (
        RawOrigin(reply) as origin,
        way_to(origin.url()) as way,
        await way.upstream.ask(question(origin.url())) as got,
    ):
        assert got.headers.getall("Cache-Control") == ["no-store", "private"]


async def test_an_answer_says_where_it_came_from() -> None:
    """With its URL without a token, and with the query as it was sent."""

    def stamp(url: str) -> Stamped:
        return Stamped(f"{url}&t=1", carried=url.endswith("first"))

    async with (
        RawOrigin(redirect("/b?second"), answer()) as origin,
        way_to(origin.url()) as way,
    ):
        asked = question(origin.url("/a?first"), stamp=stamp)
        async with await way.upstream.ask(asked) as got:
            assert got.url == origin.url("/b?second")
            assert got.sent_query == "second&t=1"
            assert (got.carried, got.redirected) == (False, True)
        asked = question(origin.url("/c?first"), stamp=stamp)
        async with await way.upstream.ask(asked) as got:
            assert (got.carried, got.redirected) == (True, False)


SMALL = b"\0" + b"media" * 100


@pytest.mark.parametrize(
    ("reply", "method", "proven"),
    [
        (answer(SMALL), "GET", True),
        (answer(b""), "GET", True),
        (Reply(CHUNKED + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "GET", True),
        (Reply(HEAD + b"\r\nabc", End.FIN), "GET", False),
        (Reply(HEAD + b"\r\nabc", End.RST), "GET", False),
        (length(7, b"", End.KEEP), "HEAD", False),
        (length(9, b"media", End.FIN), "GET", False),
        (length(9, b"media", End.RST), "GET", False),
        (Reply(CHUNKED + b"3\r\nabc\r\n", End.FIN), "GET", False),
        (Reply(CHUNKED + b"3\r\nabc\r\n2\r\nd", End.RST), "GET", False),
    ],
)
@pytest.mark.parametrize("seen", [0, 2, 64])
async def test_the_rest_is_what_the_chunks_are(
    reply: Reply, method: str, seen: int, *, proven: bool
) -> None:
    """It needs no wait if its end is proven; also after peeking."""
    async with RawOrigin(reply) as origin, way_to(origin.url()) as way:
        asked = question(origin.url(), method=method)
        outcomes = []
        for at_once in (True, False):
            async with await way.upstream.ask(asked) as got:
                await _all_is_here(got)
                got.shown(seen)
                rest = got.rest() if at_once else None
                assert (rest is not None) == (at_once and proven)
                try:
                    body = rest or b""
                    assert got.ended is (rest is not None)
                    async for chunk in got.chunks():
                        body += chunk
                except TruncatedError:
                    body = b"(truncated)"
                outcomes.append(body)
        assert outcomes[0] == outcomes[1]
        one, two = (
            (each.status, each.failure, each.received) for each in way.told[-2:]
        )
        assert one == two


async def _all_is_here(got: Answer) -> None:
    """Wait until the body, or the end of its connection, has arrived."""
    for _ in range(20):
        if got.is_here:
            return
        await asyncio.sleep(0.005)


async def test_there_is_no_rest_before_it_has_arrived() -> None:
    """Nor does it repeat what was yielded before."""
    begun = Reply(HEAD + b"Content-Length: 5\r\n\r\nme")
    async with (
        RawOrigin(begun) as origin,
        way_to(origin.url()) as way,
        await way.upstream.ask(question(origin.url())) as got,
    ):
        assert await got.peek(2) == b"me"
        assert got.rest() is None
        origin.writers[1].write(b"dia")
        await _all_is_here(got)
        assert got.rest() == b"media"
        assert got.rest() is None
        assert [chunk async for chunk in got.chunks()] == []
