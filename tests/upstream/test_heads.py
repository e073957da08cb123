"""Heads of answers: which are refused, and what happens to the connection."""

import pytest

from proxy.errors import BadAnswerError
from proxy.upstream.question import ExchangeTimeouts
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.upstream.asking import question, way_to


def head(*lines: bytes) -> bytes:
    """Return a head of these lines, followed by a body of three bytes."""
    return b"\r\n".join((b"HTTP/1.1 200 OK", *lines, b"", b"abc"))


LENGTH = b"Content-Length: 3"
CHUNKED = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "data",
    [
        head(LENGTH, CHUNKED),
        head(LENGTH, b"Content-Length: 4"),
        head(b"Content-Length: +3"),
        head(b"Content-Length: 3, 4"),
        head(b"Transfer-Encoding: xchunked"),
        head(b"Transfer-Encoding: gzip, chunked"),
        head(b"Transfer-Encoding: identity"),
        head(b"Transfer-Encoding : chunked"),
        head(b"Content-Length : 3"),
        head(CHUNKED, CHUNKED),
        head(CHUNKED)[:-3] + b"0x3\r\nabc\r\n0\r\n\r\n",
        head(LENGTH) + b"defg",
        b"ICY 200 OK\r\n\r\nabc",
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    ],
)
async def test_s8_ambiguous_framing_is_refused(data: bytes) -> None:
    """The connection is never used again."""
    async with (
        RawOrigin(Reply(data, End.HANG), answer(b"next")) as origin,
        way_to(origin.url(), timeouts=ExchangeTimeouts(read_media=0.5)) as way,
    ):
        with pytest.raises(BadAnswerError):
            await way.status(question(origin.url()))
        assert await way.body(question(origin.url())) == b"next"
        assert [heard.connection for heard in origin.heard] == [1, 2]
        assert len(way.told) == 2, "the first connection was tried again"


@pytest.mark.parametrize(
    "data",
    [
        head(LENGTH, b"Content-Type: te\x00xt"),
        head(LENGTH, b"Content-Type: te\x01xt"),
        head(LENGTH, b"Content-Type: te\rxt"),
        head(LENGTH, b"Content-Type: te\x7fxt"),
        head(LENGTH, b"X y: z"),
        b"HTTP/1.1 200 O\rX: y\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_s7_control_bytes_in_a_head_are_refused(data: bytes) -> None:
    """They never reach the player."""
    async with RawOrigin(Reply(data)) as origin, way_to(origin.url()) as way:
        with pytest.raises(BadAnswerError):
            await way.status(question(origin.url()))


async def test_s7_a_folded_field_is_one_line() -> None:
    """RFC 9112 section 5.2 lets a recipient replace the fold by a blank."""
    data = head(LENGTH, b"Content-Type: text/plain;", b" charset=utf-8")
    async with (
        RawOrigin(Reply(data)) as origin,
        way_to(origin.url()) as way,
        await way.upstream.ask(question(origin.url())) as got,
    ):
        assert got.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("size", "fits"), [(30_000, True), (33_000, False)])
async def test_a_head_has_a_limit(size: int, *, fits: bool) -> None:
    """32 KiB in total, in one field or in several."""
    half = b"X: " + b"x" * (size // 2)
    async with (
        RawOrigin(Reply(head(LENGTH, half, half))) as origin,
        way_to(origin.url()) as way,
    ):
        if fits:
            assert await way.status(question(origin.url())) == 200
            return
        with pytest.raises(BadAnswerError):
            await way.status(question(origin.url()))
        assert way.told[0].failure == "http_response_header_section_size"
