"""Send answers to players: bytes are counted, and sent no faster than they are read."""

from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.helpers import rfc822_formatted_time

from proxy.core.http.headers import Fields
from proxy.system import reset
from proxy.web.caller import Caller
from proxy.web.readers import Readers
from proxy.web.reply import WholeReply, lines
from proxy.web.visit import Visit

# Bodies are written in slices, so a slow player does not keep a long playlist buffered.
_SLICE_BYTES = 64 * 1024

# Copying more than this costs as much as a system call.
_COPIED_BYTES = 128 * 1024

_NOT_MODIFIED = 304
_STARTS = {
    200: b"HTTP/1.1 200 OK\r\n",
    206: b"HTTP/1.1 206 Partial Content\r\n",
    304: b"HTTP/1.1 304 Not Modified\r\n",
}


class Written(web.StreamResponse):
    """An answer that has already been written, including its head."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send no head."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send no end."""

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open for another request."""
        return True


# Shared by all answers: they hold only a status.
WRITTEN = {status: Written(status=status) for status in _STARTS}


class Outgoing:
    """Sends one answer, and records the progress in the visit."""

    def __init__(
        self,
        request: web.BaseRequest,
        visit: Visit,
        caller: Caller,
        *,
        readers: Readers,
        closing: Callable[[], bool],
    ) -> None:
        self.request = request
        self._visit = visit
        self._caller = caller
        self._readers = readers
        self._closing = closing

    @property
    def peer(self) -> str:
        """The player's address; empty after it has disconnected."""
        return self.request.remote or ""

    @property
    def rate(self) -> float:
        """How many bytes of the body per second the player has read."""
        return self._visit.rate

    async def begin(self, response: web.StreamResponse) -> None:
        """Send the head, with the fields that every answer has."""
        for name, value in self._caller.fields:
            response.headers.add(name, value)
        if self._closing() or self._caller.last or self.request.body_exists:
            response.force_close()
        await response.prepare(self.request)
        self._visit.headed(response.status)

    async def write(self, response: web.StreamResponse, data: bytes) -> None:
        """Send a piece of the body, no faster than the player reads."""
        await self._patiently(response.write(data), len(data))
        self._visit.sent += len(data)

    async def end(self, response: web.StreamResponse) -> None:
        """Finish the body: mark it as complete."""
        await self._patiently(response.write_eof(), 0)

    def abort(self) -> None:
        """Reset the connection, so that the player cannot mistake this for the end."""
        if self.request.transport is not None:
            reset(self.request.transport)

    async def send(self, reply: WholeReply) -> web.StreamResponse:
        """Send a whole reply."""
        if len(reply.body) <= _SLICE_BYTES and self.may_write(reply.status):
            return await self._write_at_once(reply)
        response = web.Response(status=reply.status, headers=list(reply.headers))
        if reply.age is not None:
            response.headers[hdrs.AGE] = str(reply.age)
        if reply.status not in (204, 304):
            response.headers[hdrs.CONTENT_LENGTH] = str(len(reply.body))
        await self.begin(response)
        if self.request.method != hdrs.METH_HEAD:
            for start in range(0, len(reply.body), _SLICE_BYTES):
                await self.write(response, reply.body[start : start + _SLICE_BYTES])
        await self.end(response)
        return response

    def may_write(self, status: int) -> bool:
        """Return whether the head may be written directly, bypassing aiohttp."""
        request = self.request
        return (
            status in _STARTS
            and request.version == HttpVersion11
            and request.keep_alive
            and not self._caller.last
            and not self._closing()
        )

    def start(
        self, status: int, fields: Fields, *, length: int
    ) -> Callable[[bytes], Coroutine[Any, Any, None]]:
        """Return a function that writes a body of this length piece by piece.

        It sends the head before the first piece. Call this only if `may_write` allows
        it. Raises BadAnswerError for fields that must not be written.
        """
        length_line = b"Content-Length: %d\r\n" % length
        written = lines(fields)
        dated = b"\ndate:" in written.lower()
        head = self._head(status, length_line + written, dated=dated)
        begun = False

        async def write(data: bytes) -> None:
            nonlocal begun
            if begun:
                await self._write(data, len(data))
                return
            begun = True
            self._visit.headed(status)
            if len(data) > _COPIED_BYTES:
                await self._write(head + b"\r\n", 0)
                await self._write(data, len(data))
            else:
                await self._write(b"%b\r\n%b" % (head, data), len(data))

        return write

    async def _write_at_once(self, reply: WholeReply) -> web.StreamResponse:
        """Send head and body in one piece, bypassing aiohttp's response.

        Building a response and its fields for each player would be a third of the time
        that a kept playlist takes.
        """
        status, body = reply.status, reply.body
        fields = reply.head or lines(reply.headers)
        head = [self._head(status, fields, dated=reply.dated)]
        if reply.age is not None:
            head.append(b"Age: %d\r\n" % reply.age)
        if status != _NOT_MODIFIED:
            head.append(b"Content-Length: %d\r\n" % len(body))
        if self.request.method == hdrs.METH_HEAD:
            body = b""
        self._visit.headed(status)
        await self._write(b"".join((*head, b"\r\n", body)), len(body))
        return WRITTEN[status]

    def _head(self, status: int, fields: bytes, *, dated: bool) -> bytes:
        head = _STARTS[status] + self._caller.lines + fields
        if dated:
            return head
        return head + b"Date: %b\r\n" % rfc822_formatted_time().encode()

    async def _write(self, data: bytes, size: int) -> None:
        """Write `data`, of which `size` bytes are body; wait only if it is buffered."""
        writer = self.request.writer
        # aiohttp's own writer accepts `drain`. If it waited, we would not notice.
        await writer.write(data, drain=False)  # type: ignore[call-arg]
        if writer.transport and writer.transport.get_write_buffer_size():
            await self._patiently(writer.drain(), size)
        self._visit.sent += size

    def give_up(self) -> None:
        """End the connection of a player that reads too slowly when room is short."""
        self._visit.cut_by("stalled")
        self.abort()

    async def _patiently(self, sending: Coroutine[Any, Any, None], size: int) -> None:
        # aiohttp ends the wait when the connection is closed.
        self._readers.waits(self, size)
        try:
            await sending
        finally:
            self._readers.goes_on(self)
