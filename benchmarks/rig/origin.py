"""What the origins share: answers in whole, a fast server of them, a live playlist."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable

Answer = Callable[[bytes], bytes]
"""Returns the whole answer to a request, whose head is given."""


@contextlib.asynccontextmanager
async def serving(
    answer: Answer, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Answer requests while the block lasts; yield the port."""
    server = await asyncio.get_running_loop().create_server(
        lambda: _Connection(answer), "127.0.0.1", 0, ssl=tls
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


class _Connection(asyncio.Protocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._came = (self._came + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._answer(head))


def ok(kind: str, body: bytes, fields: str = "") -> bytes:
    """Return an answer with this media type; each of `fields` ends with CRLF."""
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{fields}"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def playlist(body: str) -> bytes:
    """Return an answer with this playlist."""
    return ok("application/vnd.apple.mpegurl", body.encode())


def live(numbers: range, seconds: int) -> str:
    """Return the playlist of a live stream that lists `segment_{number}.ts`."""
    segments = "".join(f"#EXTINF:{seconds}.000,\nsegment_{n}.ts\n" for n in numbers)
    return (
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{seconds}\n"
        f"#EXT-X-MEDIA-SEQUENCE:{numbers.start}\n{segments}"
    )
