"""Bodies are read in pieces or at once, decoded, and limited."""

import asyncio
import gzip

import pytest

from proxy.core.kind import Kind
from proxy.errors import BadAnswerError, TruncatedError
from proxy.upstream.answer import Answer
from tests.faults.fault_proxy import FaultProxy, Toxics
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.upstream.asking import question, way_to
from tests.upstream.test_http_body.bodies import CHUNKED, HEAD, length

TEXT = b"#EXTM3U\n" * 1000


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
