"""A player pauses inside a segment, and resumes long after the upstream gave up."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

from proxy.app.program import running
from proxy.clock import SystemClock
from proxy.core.http.listening import Address
from proxy.settings import load
from tests.watchdog import unheld

SEGMENT = random.Random(1).randbytes(48 << 20)  # noqa: S311 - bytes to compare
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n1.ts\n#EXT-X-ENDLIST\n"
# As nginx's send_timeout, after which it resets connections that do not read.
SEND_SECONDS = 0.3
PATIENCE = 30.0
PIECE = 1 << 16


class Impatient:
    """An origin that resets connections that do not read, and answers ranges."""

    def __init__(self) -> None:
        self.ranges: list[str] = []
        self.conditions: list[str] = []
        self.given_up = asyncio.Event()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request after another."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                fields = dict(
                    line.split(": ", 1) for line in head.split("\r\n")[1:] if line
                )
                await self._answer(head.split()[1], fields, writer)
        writer.close()

    async def _answer(
        self, target: str, fields: dict[str, str], writer: asyncio.StreamWriter
    ) -> None:
        if target.endswith(".m3u8"):
            head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n"
            head += f"Content-Length: {len(PLAYLIST)}\r\n\r\n"
            writer.write(head.encode() + PLAYLIST)
            return
        size, start = len(SEGMENT), 0
        head = "HTTP/1.1 200 OK\r\n"
        if "range" in fields:
            self.ranges.append(fields["range"])
            self.conditions.append(fields.get("if-range", ""))
            start = int(fields["range"].removeprefix("bytes=").partition("-")[0])
            head = "HTTP/1.1 206 Partial Content\r\n"
            head += f"Content-Range: bytes {start}-{size - 1}/{size}\r\n"
        head += f'Content-Length: {size - start}\r\nETag: "one"\r\n'
        writer.write(f"{head}Content-Type: video/mp2t\r\n\r\n".encode())
        for at in range(start, size, PIECE):
            writer.write(SEGMENT[at : at + PIECE])
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await writer.drain()
            except TimeoutError:
                self.given_up.set()
                writer.transport.abort()
                return


@contextlib.asynccontextmanager
async def asked(address: Address, name: str) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request for a path below the stream; return the whole answer."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    head = f"GET /lobby/{name} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
    writer.write(f"{head}\r\n".encode())
    try:
        yield reader
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_player_that_pauses_inside_a_segment_gets_all_of_it(
    tmp_path: Path,
) -> None:
    """Meanwhile the upstream gives up; the missing bytes are requested later."""
    origin = Impatient()
    server = await asyncio.start_server(origin.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    config = tmp_path / "config.toml"
    config.write_text(
        '[server]\nlisten = "127.0.0.1:0"\n'
        f'[streams.lobby]\nurl = "http://127.0.0.1:{port}/v.m3u8"\n'
    )
    async with (
        asyncio.timeout(PATIENCE),
        contextlib.AsyncExitStack() as stack,
        running(
            load(config, environ={}),
            environ={},
            clock=SystemClock(),
            rng=random.Random(0),  # noqa: S311 - no secret
        ) as program,
    ):
        stack.enter_context(unheld())
        address = program.addresses[0]
        async with asked(address, "index.m3u8") as playlist:
            assert b"main/1.ts" in await playlist.read()
        async with asked(address, "main/1.ts") as segment:
            await segment.readuntil(b"\r\n\r\n")
            got = await segment.readexactly(PIECE)
            await origin.given_up.wait()
            got += await segment.read()
    server.close()
    assert got == SEGMENT
    assert origin.conditions == ['"one"'] * len(origin.ranges)
    assert len(origin.ranges) == 1
