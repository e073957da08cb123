"""A live stream of 1.6 Mbit/s that counts the requests for each segment."""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator

SEGMENT_SECONDS = 4
SEGMENT_BYTES = 800_000
_WINDOW = 6
ENTRY = "live.m3u8"


@contextlib.asynccontextmanager
async def origin() -> AsyncIterator[int]:
    """Serve while the block lasts; yield the port.

    `/asked` tells as JSON how often each path was asked for.
    """
    site = _Site()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(site), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def newest(now: float) -> int:
    """Return the number of the newest segment at this time, in epoch seconds."""
    return int(now / SEGMENT_SECONDS)


def number(path: str) -> int | None:
    """Return the number of a segment by its path; None if it is no segment."""
    name = path.rpartition("/")[2]
    if not name.startswith("segment_"):
        return None
    return int(name.removeprefix("segment_").removesuffix(".ts"))


class _Site:
    """Makes answers, and counts."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()
        noise = random.Random(1)  # noqa: S311 - the same in every run
        self._segment = b"\x47" + noise.randbytes(SEGMENT_BYTES - 1)

    def answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path == "/asked":
            return _answer("application/json", json.dumps(self._asked).encode())
        self._asked[path] += 1
        if number(path) is not None:
            return _answer("video/mp2t", self._segment)
        return _answer("application/vnd.apple.mpegurl", _playlist(time.time()))


class _Connection(asyncio.Protocol):
    def __init__(self, site: _Site) -> None:
        self._site = site
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._came = (self._came + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._site.answer(head))


def _answer(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def _playlist(now: float) -> bytes:
    last = newest(now)
    first = last - _WINDOW + 1
    lines = "".join(
        f"#EXTINF:{SEGMENT_SECONDS}.000,\nsegment_{number}.ts\n"
        for number in range(first, last + 1)
    )
    return (
        f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{SEGMENT_SECONDS}\n"
        f"#EXT-X-MEDIA-SEQUENCE:{first}\n{lines}"
    ).encode()
