"""An answer as a player gets it, over one persistent connection."""

import asyncio
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

_HEAD_ENDS = b"\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
# Of a body only as much is kept, enough for a playlist.
_KEPT_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Got:
    """A complete answer; times are seconds since the request."""

    status: int
    first: float
    """When the first byte came."""
    _: KW_ONLY
    whole: float
    cache: str
    """Its Cache-Status; empty without one."""
    body: bytes
    """How it begins."""


class Connection(asyncio.Protocol):
    """Sends one request at a time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Got] | None = None
        self._began = self._first = 0.0
        self._head: str | None = None
        self._left: int | None = None
        self._body = self._tail = b""

    async def get(self, path: str) -> Got:
        """Return the answer; raises ConnectionError if the connection ends before."""
        transport = self._transport
        if transport is None:
            raise ConnectionResetError("closed")
        self._began, self._first = self._now(), 0.0
        self._head = self._left = None
        self._body = self._tail = b""
        self._waiting = asyncio.get_running_loop().create_future()
        transport.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return await self._waiting

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("closed"))

    def data_received(self, data: bytes) -> None:
        """Take the next bytes of the answer."""
        if not self._first:
            self._first = self._now() - self._began
        if self._head is None:
            head, ends, data = (self._body + data).partition(_HEAD_ENDS)
            if not ends:
                self._body = head
                return
            self._body, self._head = b"", head.decode("latin-1")
            self._left = self._length()
        if len(self._body) < _KEPT_BYTES:
            self._body += data
        if self._left is None:
            self._tail = (self._tail + data)[-len(_LAST_CHUNK) :]
            ended = self._tail == _LAST_CHUNK
        else:
            self._left -= len(data)
            ended = self._left <= 0
        if ended:
            self._end(self._head)

    def _end(self, head: str) -> None:
        status, whole = int(head.split(" ", 2)[1]), self._now() - self._began
        got = Got(
            status,
            self._first,
            whole=whole,
            cache=self._field("cache-status"),
            body=self._body,
        )
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(got)

    def _length(self) -> int | None:
        length = self._field("content-length")
        return int(length) if length else None

    def _field(self, name: str) -> str:
        for line in (self._head or "").split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name:
                return value.strip()
        return ""
