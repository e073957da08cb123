"""The body of an answer over HTTP, with checks that it is complete."""

import types
from collections.abc import AsyncIterator, Callable
from typing import Self

import aiohttp

from proxy.core.http.answers import Blame
from proxy.core.http.framing import Framing, framing_of
from proxy.errors import LimitError, TruncatedError
from proxy.timeouts import Timeout
from proxy.upstream.coding import beginning, decode
from proxy.upstream.exchange import Received
from proxy.upstream.faults import FOREIGN
from proxy.upstream.meter import Meter
from proxy.upstream.redirects import Hop

# The first bytes of a compressed body may only contain tables, which decode to nothing.
# The tables are smaller than this.
_CODED_BYTES = 4096


_PROVEN = frozenset({Framing.LENGTH, Framing.CHUNKED})


class HttpBody:
    """The head and the body of an answer over a connection of a pool.

    See the protocol `Answer`.
    """

    def __init__(
        self,
        received: Received,
        *,
        method: str,
        hop: Hop,
        text: bool,
        meter: Meter,
        silence: Callable[[], Timeout],
        release: Callable[[], None],
    ) -> None:
        """Start without reading; `method` is the method of the request.

        `silence` returns the timeout for the next piece of the body.
        `release` is called when nothing more will be read.
        """
        self._received = received
        self._hop = hop
        self._text = text
        self._meter = meter
        self._silence = silence
        self._release = release
        self._head = b""
        self._count = 0
        self._ended = False
        self.status = received.status
        """The status code."""
        self.headers = received.headers
        """The header fields as received, duplicates included."""
        self.framing = framing_of(method, received.status, received.headers)
        declared = self.headers.get("Content-Length", "")
        self.content_length = (
            int(declared) if declared.isascii() and declared.isdigit() else None
        )
        """The declared length. Without a body, it is the length for a GET."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will be read: the body has ended or was given up."""
        return self._ended

    @property
    def is_here(self) -> bool:
        """Whether the whole body has arrived, so that reading it does not wait."""
        return self._ended or self._received.content.is_eof()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Discard what has not been read, and report the exchange."""
        if not self._ended:
            self._ended = True
            self._received.close()
            self._release()
        self._meter.tell(self.status, received=self._count)

    def pause(self) -> None:
        """Receive nothing more until the body is read on."""
        if not self._ended:
            self._received.pause()

    def shows(self, size: int) -> bool:
        """Return whether the first `size` bytes, or the whole body, have arrived.

        Does not wait. Always False for a body with a content coding.
        """
        content = self._received.content
        if "Content-Encoding" in self.headers:
            return False
        if len(self._head) >= size or self._ended:
            return True
        if content.exception() is None and (data := content.read_nowait()):
            self._count += len(data)
            self._head += data
        return len(self._head) >= size

    def shown(self, size: int) -> bytes:
        """Return the first `size` bytes if they have arrived, else nothing."""
        return self._head[:size] if self.shows(size) else b""

    def rest(self) -> bytes | None:
        """Return the rest of the body as sent, if all of it has arrived; else None.

        Also returns None if the body is not known to be complete. If this returns the
        rest, the body has ended.
        """
        content = self._received.content
        proven = content.is_eof() and content.exception() is None
        if self._ended or not proven or self.framing not in _PROVEN:
            return None
        data = content.read_nowait()
        self._count += len(data)
        if self.framing is Framing.LENGTH and self._count != self.content_length:
            self._head += data
            return None
        head, self._head = self._head, b""
        self._end()
        return head + data

    async def peek(self, size: int) -> bytes:
        """Return at most `size` first bytes as sent, without consuming them."""
        while len(self._head) < size and (data := await self._next()):
            self._head += data
        return self._head[:size]

    async def beginning(self, size: int) -> bytes:
        """Return at most `size` first bytes, decoded, without consuming them.

        Returns no bytes if the coding cannot be decoded.
        """
        codings = self.headers.getall("Content-Encoding", ())
        peeked = await self.peek(_CODED_BYTES if codings else size)
        return beginning(peeked, codings, size)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it was sent, piece by piece as it arrives.

        Raises TruncatedError if the body ends early. The bytes that were yielded before
        must then not be treated as complete.
        """
        if self._head:
            head, self._head = self._head, b""
            yield head
        while data := await self._next():
            yield data

    async def read(self, limit: int, setting: str = "") -> bytes:
        """Return the whole body, decoded, of at most `limit` bytes.

        Raises LimitError if it is larger; the error names the `setting` that sets the
        limit.
        """
        declared = self.content_length or 0
        if self.framing is Framing.LENGTH and declared > limit:
            raise self._too_large(f"a body of {declared:,} bytes", limit, setting)
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > limit:
                found = f"a body of more than {limit:,} bytes"
                raise self._too_large(found, limit, setting)
        if self.framing is Framing.NONE:
            return b""
        codings = self.headers.getall("Content-Encoding", ())
        return decode(bytes(body), codings, limit, text=self._text, setting=setting)

    async def _next(self) -> bytes:
        if self._ended:
            return b""
        try:
            content = self._received.content
            if self._received.paused:
                self._received.resume()
            data = content.read_nowait()
            if not data and not content.at_eof():
                async with self._silence():
                    data = await content.readany()
        except FOREIGN as exc:
            timed_out = isinstance(exc, TimeoutError)
            raise self._cut(Blame.READ_TIMEOUT if timed_out else None) from None
        self._count += len(data)
        if not data:
            self._end()
        return data

    def _end(self) -> None:
        short = (
            self._was_reset()
            if self.framing is Framing.CLOSE
            else self.framing is Framing.LENGTH and self._count != self.content_length
        )
        if short:
            raise self._cut(None)
        self._ended = True
        self._release()
        self._meter.tell(self.status, received=self._count)

    def _was_reset(self) -> bool:
        # aiohttp treats any end of the connection as the end of such a body.
        return isinstance(self._received.protocol.exception(), aiohttp.ClientOSError)

    def _cut(self, blame: Blame | None) -> TruncatedError:
        self._fail(blame or Blame.INCOMPLETE)
        error = TruncatedError(f"{self._hop.host}: the body ended before its end")
        error.blame = blame
        return error

    def _too_large(self, found: str, limit: int, setting: str) -> LimitError:
        self._fail(Blame.BODY_SIZE)
        return LimitError(found, setting=setting, allowed=limit)

    def _fail(self, blame: Blame) -> None:
        self._meter.tell(self.status, blame, received=self._count)
        self.close()
