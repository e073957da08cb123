"""Tests of how answers are sent and given up."""

import pytest

from proxy.metrics import Metrics
from proxy.replies import PlaylistReply
from proxy.web.slow_readers import READ_AHEAD_BYTES, Readers
from tests.web.fakes import app, connected, cuts, lobby, parse, raw, served, until

LONG = b"#EXTM3U\n" + b"#" * (32 << 20)


def request(port: int, method: str = "GET") -> bytes:
    """Return a request for the entry; the connection is kept."""
    return (
        f"{method} /lobby/index.m3u8 HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"
    ).encode()


async def test_answers_follow_each_other_on_one_connection() -> None:
    """It is kept, and pipelined requests are answered in order."""
    async with served(app()) as port:
        close = request(port).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        data = await raw(port, request(port) + request(port, "HEAD") + close)

    assert data.count(b"HTTP/1.1 200 OK") == 3
    assert data.count(b"#EXTM3U") == 2


async def test_while_shutting_down_every_connection_ends() -> None:
    """The answer says so, and the player opens the next connection elsewhere."""
    draining = app()
    async with served(draining) as port:
        draining.drain()
        heard = parse(await raw(port, request(port)))

    assert (heard.status, heard.headers["Connection"]) == (200, "close")


async def test_s10_a_player_that_reads_nothing_is_cut_off_if_memory_is_short() -> None:
    """Not before; a long playlist is treated like a segment."""
    metrics, time = Metrics("0"), [0.0]
    readers = Readers(mono=lambda: time[0], most_bytes=READ_AHEAD_BYTES * 3 // 2)
    stream = lobby(entry=PlaylistReply(LONG))
    async with (
        served(app(stream, metrics=metrics, readers=readers)) as port,
        connected(port) as (reader, writer),
    ):
        writer.write(request(port))
        await until(lambda: readers.waiting == 1)
        time[0] = 3600.0
        async with connected(port) as (_, another):
            another.write(request(port))
            await until(lambda: cuts(metrics))
        # The connection is reset, with unread data in it.
        with pytest.raises(ConnectionResetError):
            await reader.read()
        await until(lambda: len(cuts(metrics)) == 2)

    assert cuts(metrics) == {"stalled": 1, "player": 1}
