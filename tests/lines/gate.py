"""Sits in front of an origin, and is down, slow or silent on demand."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from enum import StrEnum

SLOW_SECONDS = 60.0

_BLOCK = 65_536
_HEAD_ENDS = b"\r\n\r\n"
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
_NO_LINGERING = struct.pack("ii", 1, 0)


class State(StrEnum):
    """What the gate does with requests."""

    OPEN = "open"
    """Passes requests on."""
    REFUSED = "refused"
    """Nothing listens on the port, and open connections are reset."""
    RESET = "reset"
    """Connections are accepted and then reset, including open ones."""
    UNAVAILABLE = "503"
    """Answers in place of the origin."""
    SLOW = "slow"
    """Passes each request on after a minute or so."""


Bind = Callable[[int], socket.socket]
"""Listens on a port; 0 picks a free one."""


class Gate:
    """Listens in front of an origin on loopback."""

    def __init__(self, bind: Bind, port: int, *, slow_seconds: float) -> None:
        self.url = ""
        self.state = State.OPEN
        self._bind = bind
        self._slow_seconds = slow_seconds
        self._address: tuple[str, int] = ("", 0)
        self._behind = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def change(self, state: State) -> None:
        """Change the state, also for requests in progress."""
        self.state = state
        if state is State.REFUSED:
            self._deaf()
        elif self._server is None:
            await self.listen()
        if state in (State.REFUSED, State.RESET):
            for writer in list(self._writers):
                _reset(writer)

    async def listen(self) -> None:
        """Start to listen; the second time on the same port."""
        bound = self._bind(self._address[1])
        self._address = bound.getsockname()[:2]
        self.url = f"http://{self._address[0]}:{self._address[1]}"
        self._server = await asyncio.start_server(self._serve, sock=bound)

    async def close(self) -> None:
        """Close it, and everything in progress."""
        self._deaf()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _deaf(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            if self.state is State.RESET:
                _reset(writer)
                return
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._join(reader, writer)
        finally:
            self._tasks.discard(task)
            self._writers.discard(writer)
            writer.close()

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        down, up = await asyncio.open_connection("127.0.0.1", self._behind)
        answers = asyncio.create_task(_copy(down, writer), name="gate, answers")
        try:
            while request := await reader.read(_BLOCK):
                while _HEAD_ENDS not in request and (more := await reader.read(_BLOCK)):
                    request += more
                if self.state is State.UNAVAILABLE:
                    writer.write(_UNAVAILABLE)
                    continue
                if self.state is State.SLOW:
                    await asyncio.sleep(self._slow_seconds)
                up.write(request)
        finally:
            up.close()
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)


@contextlib.asynccontextmanager
async def gate(
    bind: Bind, port: int, *, slow_seconds: float = SLOW_SECONDS
) -> AsyncIterator[Gate]:
    """Run a gate in front of the origin on this port of loopback."""
    one = Gate(bind, port, slow_seconds=slow_seconds)
    await one.listen()
    try:
        yield one
    finally:
        await one.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_BLOCK):
            writer.write(data)
            await writer.drain()
    writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Reset a connection, as a system does when the process has ended."""
    connected: socket.socket | None = writer.get_extra_info("socket")
    if connected is not None and connected.fileno() >= 0:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    writer.transport.abort()
