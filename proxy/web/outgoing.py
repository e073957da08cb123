"""An answer on its way to a player: counted, and sent no faster than that reads."""

from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.helpers import rfc822_formatted_time

from proxy.system import reset
from proxy.web.caller import Caller
from proxy.web.readers import Readers
from proxy.web.reply import Reply, lines
from proxy.web.visit import Visit

# Written one by one, so that a slow player does not hold the whole of a long playlist.
_SLICE_BYTES = 64 * 1024

_NOT_MODIFIED = 304
_STARTS = {200: b"HTTP/1.1 200 OK\r\n", 304: b"HTTP/1.1 304 Not Modified\r\n"}


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
_WRITTEN = {status: Written(status=status) for status in _STARTS}


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

    async def send(self, reply: Reply) -> web.StreamResponse:
        """Send a whole reply."""
        if self._is_plain(reply):
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

    def _is_plain(self, reply: Reply) -> bool:
        request = self.request
        return (
            reply.status in _STARTS
            and len(reply.body) <= _SLICE_BYTES
            and request.version == HttpVersion11
            and request.keep_alive
            and not self._caller.last
            and not self._closing()
        )

    async def _write_at_once(self, reply: Reply) -> web.StreamResponse:
        """Send head and body in one piece, made without what aiohttp makes of them.

        Of the time that a kept playlist takes, building a response and its fields anew
        for each player would be a third.
        """
        status, body = reply.status, reply.body
        head = [_STARTS[status], self._caller.lines, reply.head or lines(reply.headers)]
        if not reply.dated:
            head.append(b"Date: %b\r\n" % rfc822_formatted_time().encode())
        if reply.age is not None:
            head.append(b"Age: %d\r\n" % reply.age)
        if status != _NOT_MODIFIED:
            head.append(b"Content-Length: %d\r\n" % len(body))
        if self.request.method == hdrs.METH_HEAD:
            body = b""
        self._visit.headed(status)
        writer = self.request.writer
        await writer.write(b"".join((*head, b"\r\n", body)))
        self._visit.sent += len(body)
        if writer.transport and writer.transport.get_write_buffer_size():
            await self._patiently(writer.drain(), len(body))
        return _WRITTEN[status]

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
