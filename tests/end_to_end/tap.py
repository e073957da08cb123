"""A TCP tap between player and proxy: it passes every byte on, and remembers it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

_CHUNK = 64 * 1024


@dataclass(slots=True, kw_only=True)
class Tap:
    """What the player received, over all connections."""

    port: int = 0
    bytes_per_second: float | None = None
    """The speed of each connection towards the player; None: no limit."""
    seen: bytearray = field(default_factory=bytearray, repr=False)
    _target: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def to(self, port: int) -> None:
        """Lead new connections to this port on loopback."""
        self._target = port

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Join a connection of the player with one to the proxy."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            there = await asyncio.open_connection("127.0.0.1", self._target)
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass(reader, there[1], self._forget))
                both.create_task(_pass(there[0], writer, self._remember))
        writer.close()
        self._tasks.discard(task)

    async def _forget(self, data: bytes) -> None:
        pass

    async def _remember(self, data: bytes) -> None:
        self.seen += data
        if self.bytes_per_second is not None:
            await asyncio.sleep(len(data) / self.bytes_per_second)

    def close(self) -> None:
        """End all connections."""
        for task in self._tasks:
            task.cancel()


async def _pass(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    note: Callable[[bytes], Awaitable[None]],
) -> None:
    try:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await note(data)
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def tap() -> AsyncIterator[Tap]:
    """Listen on a free port of loopback."""
    one = Tap()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        one.close()
        await server.wait_closed()
