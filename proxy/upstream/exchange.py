"""Send one request over a connection, and read the head of its answer.

aiohttp's session follows redirects, keeps cookies, looks for proxies, runs middleware
and sends a request again when a connection dies. None of that is wanted here. Its
request and response objects have dozens of fields. Creating them takes a third of the
time needed to relay a small resource. So only aiohttp's connections and their parser
are used here.
"""

import asyncio
from contextlib import AbstractAsyncContextManager

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import RawResponseMessage
from aiohttp.streams import StreamReader

from proxy.upstream.faults import FlawedHeadError, NoHttpError
from proxy.upstream.heads import MAX_HEAD_BYTES, flaw_of

# Measured: this size needs the fewest system calls per byte. Larger buffers only cost
# memory.
READ_BUFFER_BYTES = 256 * 1024

# RFC 9110 section 15.2. After a 101, no other answer follows.
_INTERIM = frozenset(range(100, 200)) - {101}


class Received:
    """The head of an answer, and its body as it arrives.

    When the whole body has arrived, the connection returns to its pool.
    """

    __slots__ = ("_connection", "content", "headers", "paused", "protocol", "status")

    def __init__(
        self,
        connection: Connection,
        protocol: ResponseHandler,
        message: RawResponseMessage,
        content: StreamReader,
    ) -> None:
        self._connection: Connection | None = connection
        self.protocol = protocol
        """Shows how the connection ended, once it has ended."""
        self.status = message.code
        self.headers = message.headers
        self.content = content
        self.paused = False
        """Whether `pause` was called, and `resume` was not yet."""
        content.on_eof(self._free)

    def pause(self) -> None:
        """Receive nothing more of the body, so that other bodies come sooner.

        What is on its way still comes, and as much as the system takes by itself.
        """
        if self.paused or self.content.is_eof():
            return
        self.paused = True
        self._limit_buffer(0)
        self.protocol.pause_reading()

    def resume(self) -> None:
        """Receive again after `pause`."""
        self.paused = False
        self._limit_buffer(None)
        self.protocol.resume_reading()

    def _limit_buffer(self, most: int | None) -> None:
        # A paused TLS transport of asyncio takes 256 KiB more by default.
        limit = getattr(self.protocol.transport, "set_read_buffer_limits", None)
        if limit is not None:
            limit(high=most)

    def close(self) -> None:
        """Discard the rest of the body; a task that is reading it gets an error."""
        if self.content.exception() is None:
            self.content.set_exception(aiohttp.ClientConnectionError("given up"))
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _free(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()


async def exchanged(
    connection: Connection,
    request: bytes,
    silence: AbstractAsyncContextManager[object] | None,
    *,
    bodiless: bool,
) -> Received:
    """Send a request, and return the answer as soon as its head has arrived.

    `silence` is a timeout for the head, if given. `bodiless` is true if the answer has
    no body even if its head describes one, as for a HEAD request. The body is not
    decoded.

    Raises errors that `faults.fault_of` understands. The caller then has to close the
    connection.
    """
    protocol, transport = _ready(connection)
    protocol.set_response_params(
        skip_payload=bodiless,
        read_until_eof=True,
        auto_decompress=False,
        read_bufsize=READ_BUFFER_BYTES,
        max_field_size=MAX_HEAD_BYTES,
    )
    transport.write(request)
    if silence is None:
        message, content = await _head(protocol)
    else:
        async with silence:
            message, content = await _head(protocol)
    # This check must not come later: if a short body follows the head, the connection
    # may return to its pool before the caller has seen the answer.
    if flaw := flaw_of(message.code, message.headers, message.raw_headers):
        raise FlawedHeadError(flaw)
    return Received(connection, protocol, message, content)


def _ready(
    connection: Connection,
) -> tuple[ResponseHandler, asyncio.WriteTransport]:
    protocol = connection.protocol
    transport = None if protocol is None else protocol.transport
    if protocol is None or transport is None or transport.is_closing():
        raise aiohttp.ClientConnectionError("the connection is closed")
    if protocol.should_close:
        # The upstream sent data without a request. It would be mistaken for the answer.
        raise aiohttp.ClientConnectionError("the connection is out of step")
    return protocol, transport


async def _head(protocol: ResponseHandler) -> tuple[RawResponseMessage, StreamReader]:
    """Return the first head that does not belong to an interim response."""
    while True:
        try:
            message, content = await protocol.read()
        except HttpProcessingError:
            raise NoHttpError from None
        if message.code not in _INTERIM:
            return message, content
