"""A TCP proxy that injects faults; toxics are named as in toxiproxy."""

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import Self

from tests.raw_origin import End, reset
from tests.tcp_server import TcpServer

_BLOCK = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Toxics:
    """The faults; all but the first two affect upstream to client."""

    refuse: bool = False
    """Accept, then reset at once."""
    blackhole: bool = False
    """Accept, read, never answer."""
    latency: float = 0.0
    """Seconds before each chunk."""
    jitter: float = 0.0
    """Seconds that the latency varies by, either way."""
    rate: int | None = None
    """Bytes per second."""
    slice: int = _BLOCK
    """The largest chunk, in bytes."""
    limit: int | None = None
    """Stop after so many bytes of the answer, its head counted."""
    end: End = End.FIN


class FaultProxy(TcpServer):
    """A proxy for one upstream; replacing `toxics` affects new connections.

    `connections == 0` is the proof that nothing was sent to an address.
    """

    def __init__(
        self, port: int, toxics: Toxics | None = None, *, host: str = "127.0.0.1"
    ) -> None:
        super().__init__()
        self.upstream = (host, port)
        self.toxics = toxics or Toxics()
        self.connections = 0
        self.bytes_down = 0
        self._rng = random.Random(0)  # noqa: S311 - jitter that repeats

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._own(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._carry(reader, writer, self.toxics)
        writer.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, toxics: Toxics
    ) -> None:
        if toxics.refuse:
            reset(writer)
            return
        if toxics.blackhole:
            while await reader.read(_BLOCK):
                pass
            return
        down, up = await asyncio.open_connection(*self.upstream)
        try:
            self._own(asyncio.create_task(_copy(reader, up), name="fault proxy, up"))
            await self._copy_down(down, writer, toxics)
        finally:
            up.close()

    async def _copy_down(
        self, down: asyncio.StreamReader, writer: asyncio.StreamWriter, toxics: Toxics
    ) -> None:
        sent = 0
        while data := await down.read(toxics.slice):
            if toxics.limit is not None:
                data = data[: toxics.limit - sent]
            await self._delay(len(data), toxics)
            writer.write(data)
            await writer.drain()
            sent += len(data)
            self.bytes_down += len(data)
            if sent == toxics.limit:
                await _end(writer, toxics.end)
                return

    async def _delay(self, size: int, toxics: Toxics) -> None:
        seconds = toxics.latency + self._rng.uniform(-toxics.jitter, toxics.jitter)
        if toxics.rate is not None:
            seconds = max(0.0, seconds) + size / toxics.rate
        if seconds > 0:
            await asyncio.sleep(seconds)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while data := await reader.read(_BLOCK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _end(writer: asyncio.StreamWriter, end: End) -> None:
    if end is End.HANG:
        await asyncio.Event().wait()
    if end is End.RST:
        await asyncio.sleep(0.05)  # what was sent must arrive first
        reset(writer)
