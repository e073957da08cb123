"""Send answers to players no faster than they read, and count the bytes."""

from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import HttpVersion11, hdrs, web

from proxy.replies import MediaReply
from proxy.system.connections import reset, send_from_file
from proxy.web.caller import Caller
from proxy.web.direct_answers import STARTS, head_of_media, whole, written
from proxy.web.reply import WholeReply
from proxy.web.slow_readers import READ_AHEAD_BYTES, Readers
from proxy.web.visit import Visit

# Bodies are written in slices, so a slow player does not keep a long playlist buffered.
_SLICE_BYTES = 64 * 1024

# Copying more than this costs as much as a system call.
_COPIED_BYTES = 128 * 1024


class Outgoing:
    """Sends one answer, and records the progress in the visit.

    An answer is either written directly (`send`, or `start` and then `put`), or it is
    aiohttp's response (`begin`, `write`, `end`).
    """

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
        self._started: tuple[int, bytes] | None = None
        """The status and the head, until they are sent."""

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
        if self._is_last or self.request.body_exists:
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
        for name, value in reply.changing:
            response.headers[name] = value
        if reply.status not in (204, 304):
            response.headers[hdrs.CONTENT_LENGTH] = str(len(reply.body))
        await self.begin(response)
        if self.request.method != hdrs.METH_HEAD:
            for start in range(0, len(reply.body), _SLICE_BYTES):
                await self.write(response, reply.body[start : start + _SLICE_BYTES])
        await self.end(response)
        return response

    def may_write(self, status: int) -> bool:
        """Return whether the answer may be written directly, bypassing aiohttp."""
        return status in STARTS and self.request.version == HttpVersion11

    def start(self, reply: MediaReply, *, length: int | None) -> web.StreamResponse:
        """Prepare the head of a resource; the body is then sent with `put`.

        Returns the object that represents the answer for aiohttp once all was put. The
        length is None for a 304 only. Call this only if `may_write` allows it. Raises
        BadAnswerError for header fields that must not be sent.
        """
        last, ours = self._is_last, self._caller.lines
        head = head_of_media(reply, ours, length=length, last=last)
        self._started = reply.status, head
        return written(reply.status, last=last)

    async def put(self, data: bytes, *, ahead: int = READ_AHEAD_BYTES) -> None:
        """Send a piece of the body; the first piece is sent together with the head.

        `ahead` is how many bytes besides `data` are buffered if the player does not
        read.
        """
        size = len(data)
        if self._started is not None:
            (status, head), self._started = self._started, None
            self._visit.headed(status)
            if size > _COPIED_BYTES:
                await self._write(head + b"\r\n", 0)
            else:
                data = b"%b\r\n%b" % (head, data)
        await self._write(data, size, ahead=ahead)

    async def settle(self, size: int) -> None:
        """Wait until bytes that were written elsewhere are sent.

        `size` is how many of them belong to the body.
        """
        await self._patiently(self.request.writer.drain(), size, ahead=0)
        self._visit.sent += size

    def put_file(self, file: int, offset: int, count: int) -> int | None:
        """Send bytes of a file after the head, as many as the socket accepts now.

        Returns how many were sent; None if the caller must read the file and `put` the
        bytes. Raises ConnectionError if the player has disconnected.
        """
        transport = self.request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the player has disconnected")
        sent = send_from_file(transport, file, offset, count)
        self._visit.sent += sent or 0
        return sent

    async def _write_at_once(self, reply: WholeReply) -> web.StreamResponse:
        """Send head and body in one piece, bypassing aiohttp's response.

        Building a response with its fields for each player would take a third of the
        time needed to answer with a kept playlist.
        """
        last, bodiless = self._is_last, self.request.method == hdrs.METH_HEAD
        data = whole(reply, self._caller.lines, bodiless=bodiless, last=last)
        self._visit.headed(reply.status)
        await self._write(data, 0 if bodiless else len(reply.body))
        return written(reply.status, last=last)

    @property
    def _is_last(self) -> bool:
        """Whether the connection ends after the answer."""
        return not self.request.keep_alive or self._caller.last or self._closing()

    async def _write(
        self, data: bytes, size: int, *, ahead: int = READ_AHEAD_BYTES
    ) -> None:
        """Write `data`, of which `size` bytes are body; wait only if it is buffered."""
        writer = self.request.writer
        # aiohttp's own writer accepts `drain`. If it waited, we would not notice.
        await writer.write(data, drain=False)  # type: ignore[call-arg]
        if writer.transport and writer.transport.get_write_buffer_size():
            await self._patiently(writer.drain(), size, ahead=ahead)
        self._visit.sent += size

    def give_up(self) -> None:
        """Disconnect the player, because it reads too slowly and memory is short."""
        self._visit.cut_by("stalled")
        self.abort()

    async def _patiently(
        self,
        sending: Coroutine[Any, Any, None],
        size: int,
        *,
        ahead: int = READ_AHEAD_BYTES,
    ) -> None:
        # aiohttp ends the wait when the connection is closed.
        self._readers.waits(self, size + ahead)
        try:
            await sending
        finally:
            self._readers.goes_on(self)
