"""Tests of how the bytes of a resource are passed on, on the wire."""

import asyncio

import pytest

from proxy.core.http.framing import Framing
from proxy.errors import TruncatedError
from proxy.metrics import Metrics
from proxy.replies import MediaReply
from tests.web.fakes import (
    FakeBody,
    app,
    ask,
    connected,
    cuts,
    lobby,
    media,
    parse,
    raw,
    served,
    until,
)

PATH = "/lobby/main/seg1.ts"
TYPE = (("Content-Type", "video/mp2t"),)
CUT = TruncatedError("cut")


def request(port: int, *, version: str = "1.1", close: bool = False) -> bytes:
    """Return a plain GET of the segment."""
    end = "Connection: close\r\n" if close else ""
    return f"GET {PATH} HTTP/{version}\r\nHost: 127.0.0.1:{port}\r\n{end}\r\n".encode()


async def test_a_resource_is_passed_on_unchanged() -> None:
    """Status, fields and bytes are the upstream's; the length is kept."""
    headers = {
        "Content-Type": "video/mp2t",
        "Content-Range": "bytes 2-5/9",
        "ETag": '"abc"',
    }
    stream = lobby(segment=media(b"23", b"45", status=206, headers=headers))
    async with served(app(stream)) as port:
        heard = await ask(port, PATH, {"Range": "bytes=2-5"})

    assert (heard.status, heard.body) == (206, b"2345")
    assert heard.headers["Content-Length"] == "4"
    assert "Transfer-Encoding" not in heard.headers
    for name, value in headers.items():
        assert heard.headers[name] == value


async def test_repeated_fields_are_passed_on() -> None:
    """A dict would lose the second one."""
    twice = (*TYPE, ("Cache-Control", "no-cache"), ("Cache-Control", "no-store"))
    stream = lobby(segment=MediaReply(200, twice, FakeBody(b"x")))
    async with served(app(stream)) as port:
        heard = await ask(port, PATH)

    assert heard.headers.getall("Cache-Control") == ["no-cache", "no-store"]


async def test_a_chunked_body_stays_chunked() -> None:
    """The last chunk proves its end."""
    body = FakeBody(b"abc", b"de", framing=Framing.CHUNKED)
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        heard = await ask(port, PATH)

    assert heard.headers["Transfer-Encoding"] == "chunked"
    assert heard.body == b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED, Framing.CLOSE])
async def test_no_content_type_is_invented(framing: Framing) -> None:
    """If the upstream sends none, there is none."""
    stream = lobby(segment=MediaReply(200, (), FakeBody(b"abc", framing=framing)))
    async with served(app(stream)) as port:
        heard = parse(await raw(port, request(port, close=True)))

    assert heard.status == 200
    assert "Content-Type" not in heard.headers


async def test_i4_a_body_that_ends_with_the_connection_does_so_here_too() -> None:
    """Chunks would certify an end that nobody has verified."""
    body = FakeBody(b"abc", b"de", framing=Framing.CLOSE)
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        heard = parse(await raw(port, request(port)))

    assert heard.body == b"abcde"
    assert heard.headers["Connection"] == "close"
    assert "Content-Length" not in heard.headers
    assert "Transfer-Encoding" not in heard.headers


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED, Framing.CLOSE])
async def test_the_head_of_a_delayed_body_is_sent_at_once(framing: Framing) -> None:
    """Players give up after 10 s without a byte; the rest follows when it is made."""
    body = FakeBody(endless=True, held=True, framing=framing, content_length=9)
    async with (
        served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(request(port))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_an_old_player_gets_no_chunks() -> None:
    """HTTP/1.0 has none: the connection ends with the body, keep-alive or not."""
    body = FakeBody(b"abc", b"de", framing=Framing.CHUNKED)
    head = (
        f"GET {PATH} HTTP/1.0\r\nHost: localhost:%d\r\nConnection: keep-alive\r\n\r\n"
    )
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        heard = parse(await raw(port, (head % port).encode()))

    assert heard.body == b"abcde"
    assert "Transfer-Encoding" not in heard.headers


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED])
async def test_i2_an_interrupted_body_has_no_proper_end(framing: Framing) -> None:
    """The player sees fewer bytes than announced, or no last chunk."""
    metrics = Metrics("0")
    length = 100 if framing is Framing.LENGTH else None
    body = FakeBody(b"abc", framing=framing, content_length=length, error=CUT)
    stream = lobby(segment=MediaReply(200, TYPE, body))
    async with served(app(stream, metrics=metrics)) as port:
        data = await raw(port, request(port))

    assert b"abc" in data
    assert b"0\r\n\r\n" not in data
    assert body.given_up.is_set()
    assert cuts(metrics) == {"upstream": 1}


async def test_i4_an_interrupted_body_without_framing_ends_with_a_reset() -> None:
    """A proper close would be the end of the body."""
    body = FakeBody(b"abc", framing=Framing.CLOSE, error=CUT)
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        data = await raw(port, request(port))

    assert data.endswith(b"<reset>")


async def test_i1_fewer_bytes_than_announced_are_never_complete() -> None:
    """Also if the code that reads upstream did not notice."""
    body = FakeBody(b"abc", content_length=100)
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        heard = parse(await raw(port, request(port)))

    assert (heard.headers["Content-Length"], heard.body) == ("100", b"abc")


async def test_more_bytes_than_announced_end_the_connection() -> None:
    """Surplus bytes are not sent, and nothing follows."""
    body = FakeBody(b"abc", b"def", content_length=4)
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        heard = parse(await raw(port, request(port) * 2))

    assert heard.body == b"abcd"


async def test_i10_a_pipelined_answer_never_completes_a_short_one() -> None:
    """After an interruption the connection is closed, whatever was requested on it."""
    body = FakeBody(b"abc", content_length=100, error=CUT)
    stream = lobby(segment=MediaReply(200, TYPE, body))
    async with served(app(stream)) as port:
        data = await raw(port, request(port) + request(port, close=True))

    assert data.count(b"HTTP/1.1") == 1
    assert data.endswith(b"\r\n\r\nabc")


async def test_an_upstream_that_breaks_before_the_first_byte_is_a_502() -> None:
    """Nothing is sent yet, so the player can get an error."""
    body = FakeBody(content_length=100, error=CUT)
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        heard = await ask(port, PATH)

    assert heard.status == 502
    assert "http_response_incomplete" in heard.headers["Proxy-Status"]


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\x00b", "a\x01b", "a\udcffb"])
async def test_s7_control_characters_from_upstream_are_not_passed_on(
    value: str,
) -> None:
    """A field that would break the head is a bad answer."""
    reply = MediaReply(200, (("Content-Type", value),), FakeBody(b"abc"))
    async with served(app(lobby(segment=reply))) as port:
        heard = await ask(port, PATH)

    assert heard.status == 502
    assert heard.headers["Content-Type"] == "text/plain"


async def test_head_sends_the_head_of_a_get() -> None:
    """With the upstream's length and without a byte."""
    body = FakeBody(framing=Framing.NONE, content_length=100)
    async with served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port:
        heard = await ask(port, PATH, method="HEAD")

    assert (heard.headers["Content-Length"], heard.body) == ("100", b"")
    assert body.given_up.is_set()


async def test_an_unchanged_resource_gets_304() -> None:
    """Validators of resources are the upstream's own."""
    body = FakeBody(framing=Framing.NONE)
    reply = MediaReply(304, (("ETag", '"abc"'),), body)
    async with served(app(lobby(segment=reply))) as port:
        heard = parse(await raw(port, request(port, close=True)))

    assert (heard.status, heard.body) == (304, b"")
    assert heard.headers["ETag"] == '"abc"'
    assert not heard.headers.keys() & {"Transfer-Encoding", "Content-Length"}


async def test_a_player_that_leaves_cancels_the_upstream_request() -> None:
    """At once, not with the next byte."""
    metrics = Metrics("0")
    body = FakeBody(b"abc", framing=Framing.CHUNKED, endless=True)
    stream = lobby(segment=MediaReply(200, TYPE, body))
    async with served(app(stream, metrics=metrics)) as port:
        async with connected(port) as (reader, writer):
            writer.write(request(port))
            await reader.readuntil(b"abc")
        await until(body.given_up.is_set)

    assert cuts(metrics) == {"player": 1}


async def test_no_more_is_read_than_the_player_accepts() -> None:
    """A player that stalls also stalls the upstream, and gets everything in the end."""
    body = FakeBody(*[bytes(1 << 18)] * 400)
    stream = lobby(segment=MediaReply(200, TYPE, body))
    async with (
        served(app(stream)) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(request(port, close=True))
        await until_it_stands(body)
        # What the sockets of both sides hold, some MiB; all of it would be 100.
        assert body.pulled < 20 << 20
        got = 0
        while more := await reader.read(1 << 20):
            got += len(more)

    assert got > 100 << 20


async def until_it_stands(body: FakeBody) -> None:
    """Wait until no more is read from a body."""
    before = -1
    while body.pulled != before:
        before = body.pulled
        await asyncio.sleep(0.1)


async def test_i7_a_slow_player_gets_everything() -> None:
    """Slow is not stalled."""
    body = FakeBody(*[bytes(1 << 18)] * 20)
    async with (
        served(app(lobby(segment=MediaReply(200, TYPE, body)))) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(request(port, close=True))
        got = 0
        while more := await reader.read(1 << 15):
            got += len(more)
            await asyncio.sleep(0)

    assert got > 20 << 18
