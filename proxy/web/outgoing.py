"""An answer on its way to a player: counted, and sent no faster than that reads."""

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

# Written one by one, so that a slow player does not hold the whole of a long playlist.
_SLICE_BYTES = 64 * 1024

# A copy of more costs as much as a system call.
_COPIED_BYTES = 128 * 1024

_NOT_MODIFIED = 304
_STARTS = {
    200: b"HTTP/1.1 200 OK\r\n",
    206: b"HTTP/1.1 206 Partial Content\r\n",
    304: b"HTTP/1.1 304 Not Modified\r\n",
}


class Written(web.StreamResponse):
    """An answer that is on its way already, head and all."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Send no head."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Send no end."""

    @property
    def keep_alive(self) -> bool:
        """Whether another request may follow."""
        return True


# They hold nothing of the answer they stand for.
WRITTEN = {status: Written(status=status) for status in _STARTS}


class Outgoing:
    """Sends one answer; every way out notes in the visit how it went."""

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
        """The address of the player; empty when it is gone."""
        return self.request.remote or ""

    @property
    def rate(self) -> float:
        """How many bytes of the body a second the player has read."""
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
        """Say that the body is complete."""
        await self._patiently(response.write_eof(), 0)

    def abort(self) -> None:
        """Reset the connection, so that the player cannot take this for the end."""
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
        """Tell whether a head may be written as it is, past aiohttp's response."""
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
        """Return what writes a body of this length, the head before its first piece.

        For what `may_write` allows. Raises BadAnswerError for fields that cannot be
        written.
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
        """Send head and body in one piece, made without what aiohttp makes of them.

        Of the time that a kept playlist takes, building a response and its fields anew
        for each player would be a third.
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
        """Write it, `size` bytes of the body with it; wait only where it is held."""
        writer = self.request.writer
        # aiohttp's own takes it; its wait would not be seen as one.
        await writer.write(data, drain=False)  # type: ignore[call-arg]
        if writer.transport and writer.transport.get_write_buffer_size():
            await self._patiently(writer.drain(), size)
        self._visit.sent += size

    def give_up(self) -> None:
        """End the connection of a player that is too slow for what there is."""
        self._visit.cut_by("stalled")
        self.abort()

    async def _patiently(self, sending: Coroutine[Any, Any, None], size: int) -> None:
        # aiohttp ends the wait when the connection is gone.
        self._readers.waits(self, size)
        try:
            await sending
        finally:
            self._readers.goes_on(self)
