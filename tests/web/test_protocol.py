"""Tests of connections, byte for byte."""

import asyncio

import pytest
from structlog.testing import capture_logs

from proxy.replies import PlaylistReply
from proxy.web.protocol import Limits
from proxy.web.slow_readers import Readers
from tests.web.fakes import (
    PATIENCE,
    app,
    ask,
    connected,
    lobby,
    parse,
    raw,
    served,
    until,
)

HOST = "Host: localhost:%d\r\n"
GET = "GET /lobby/index.m3u8 HTTP/1.1\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        "GET /?token=canary\r\n\r\n",
        "GET /lobby/index.m3u8?token=canary HTTP/9.9\r\n" + HOST + "\r\n",
        "canary canary canary\r\n\r\n",
        "GET /lobby/a\x01canary HTTP/1.1\r\n" + HOST + "\r\n",
        "GET /lobby/a\x00canary HTTP/1.1\r\n" + HOST + "\r\n",
        "GET /lobby/a canary HTTP/1.1\r\n" + HOST + "\r\n",
        GET + HOST + "X-A: canary\r\n folded\r\n\r\n",
        GET + HOST + "X-A: can\x00ary\r\n\r\n",
        GET + HOST + "X-A: can\x0bary\r\n\r\n",
        GET + HOST + "X-A : canary\r\n\r\n",
        GET + HOST + "X-A\r\n\r\n",
        GET + HOST + f"X-A: canary{'a' * 8200}\r\n\r\n",
        f"GET /{'a' * 8200}canary HTTP/1.1\r\n" + HOST + "\r\n",
        GET + HOST + "".join(f"X-{n}: canary\r\n" for n in range(65)) + "\r\n",
    ],
)
async def test_s7_a_malformed_request_gets_400_and_nothing_else(request_: str) -> None:
    """Always the same body, a closed connection, and no part of it in the log."""
    stream = lobby()
    with capture_logs() as logged:
        async with served(app(stream)) as port:
            filled = request_.replace("%d", str(port))
            heard = parse(await raw(port, filled.encode("latin-1")))

    assert (heard.status, heard.body) == (400, b"400 Bad Request\n")
    assert heard.headers["Server"] == "hls-auth-proxy"
    assert "Connection" not in heard.headers  # HTTP/1.0: closed by default
    assert stream.asked == []
    assert "canary" not in str(logged)


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "Content-Length: +5\r\n\r\nhello",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 5, 5\r\n\r\nhello",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5;\nhello\r\n0\r\n\r\n",
    ],
)
async def test_s8_ambiguous_framing_ends_the_connection(framing: str) -> None:
    """Nothing after it is taken for a request, and no stream is asked."""
    stream = lobby()
    async with served(app(stream)) as port:
        smuggled = GET + HOST % port + "\r\n"
        data = await raw(port, (GET + HOST % port + framing + smuggled).encode())

    heard = parse(data)
    assert heard.status in (400, 413)
    assert data.count(b"HTTP/1.") == 1
    assert stream.asked == []


async def test_s8_a_bare_line_feed_does_not_end_a_line() -> None:
    """RFC 9112 section 2.2 allows it; a front may understand it differently."""
    stream = lobby()
    async with served(app(stream)) as port:
        head = f"GET /lobby/index.m3u8 HTTP/1.1\nHost: localhost:{port}\n\n"
        heard = parse(await raw(port, head.encode()))

    assert (heard.status, stream.asked) == (400, [])


@pytest.mark.parametrize(
    "fields",
    [
        "Connection: Upgrade\r\nUpgrade: websocket\r\n",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n",
        "Upgrade: h2c\r\n",
    ],
)
@pytest.mark.parametrize("path", ["/livez", "/lobby/index.m3u8", "/none/x/y"])
async def test_an_upgrade_is_ignored(path: str, fields: str) -> None:
    """The answer is HTTP/1.1 and the last one: nobody waits for what comes after it."""
    async with served(app()) as port, connected(port) as (reader, writer):
        head = f"GET {path} HTTP/1.1\r\n{HOST % port}"
        writer.write(f"{head}{fields}\r\n{head}\r\n".encode())
        async with asyncio.timeout(5):
            heard = await reader.read()
    assert heard.startswith(b"HTTP/1.1 ")
    assert heard.count(b"HTTP/1.1 ") == 1
    assert b"\r\nConnection: close\r\n" in heard


async def test_expect_is_ignored() -> None:
    """Aiohttp would answer before the host is checked, and repeat the field."""
    async with served(app()) as port:
        heard = await ask(port, "/lobby/index.m3u8", {"Expect": "canary"})

    assert heard.status == 200


@pytest.mark.parametrize(
    "sent", [b"", b"GET /lobby", b"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b"]
)
async def test_s10_an_unfinished_head_ends_the_connection(sent: bytes) -> None:
    """Idle, half a line, half a head: it ends after the idle time."""
    async with (
        served(app(), limits=Limits(idle_seconds=0.2)) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(sent)
        assert await reader.read() == b""


async def test_s10_slow_connections_do_not_slow_others() -> None:
    """200 that send almost nothing, and one real request."""
    async with served(app()) as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        for _, writer in slow:
            writer.write(b"GET /lobby/index.m3u8 HTTP/1.1\r\nX-")
        async with asyncio.timeout(0.2):
            assert (await ask(port, "/lobby/index.m3u8")).status == 200
        for _, writer in slow:
            writer.transport.abort()


@pytest.mark.parametrize(
    "limits", [Limits(connections=2), Limits(connections_per_address=2)]
)
async def test_connections_are_limited(limits: Limits) -> None:
    """One more than the limit gets a retry time, until another one ends."""
    async with served(app(), limits=limits) as port, connected(port) as (_, first):
        assert (await ask(port, "/livez")).status == 200

        async with connected(port) as (reader, writer):
            writer.write((GET + HOST % port + "\r\n").encode())
            await reader.readuntil(b"#EXTM3U")
            refused = parse(await raw(port, b""))
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")

        first.transport.abort()
        await _served_again(port)


@pytest.mark.parametrize(
    "limits", [Limits(connections=2), Limits(connections_per_address=2)]
)
async def test_a_player_that_does_not_read_makes_room_for_a_new_one(
    limits: Limits,
) -> None:
    """The slowest first; one that reads, or has just begun to wait, stays."""
    time = [0.0]
    readers = Readers(mono=lambda: time[0])
    endless = PlaylistReply(b"#EXTM3U\n" + b"#" * (32 << 20))
    site = app(lobby(entry=endless), readers=readers)
    async with (
        served(site, limits=limits) as port,
        connected(port) as (paused, first),
        connected(port) as (reading, second),
    ):
        for writer in (first, second):
            writer.write((GET + HOST % port + "\r\n").encode())
        await until(lambda: readers.waiting == 2)
        assert (await ask(port, "/livez")).status == 503

        time[0] = 60.0
        await reading.readexactly(16 << 20)
        async with asyncio.timeout(PATIENCE):
            # Sockets still accept a little; a player waiting again has not waited long.
            while (await ask(port, "/livez")).status != 200:
                time[0] += 1.0
        with pytest.raises(ConnectionResetError):
            await paused.read()
        assert await reading.read(1)


async def _served_again(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await ask(port, "/livez")).status != 200:
            pass
