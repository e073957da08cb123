"""An answer: its head, and its body as far as it is proven to be whole."""

import types
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Self

import aiohttp

from proxy.core.http import uri
from proxy.core.http.answers import Blame
from proxy.core.tokens.secrets.credentials import (
    credentials_of,
    secrets_of_url,
    user_of,
)
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.core.tokens.times.skew import skew_of
from proxy.errors import LimitError, TruncatedError
from proxy.timeouts import Timeout
from proxy.upstream.coding import beginning, decode
from proxy.upstream.faults import FOREIGN
from proxy.upstream.meter import Meter
from proxy.upstream.redirects import Hop

# The tables of a coding stand before the first byte, in less than this.
_CODED_BYTES = 4096
_BODILESS = frozenset({204, 304})  # RFC 9112 section 6.3


class Framing(StrEnum):
    """How the end of the body is known (RFC 9112 section 6.3)."""

    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"
    """By the end of the connection, which proves nothing: never call it complete."""
    NONE = "none"
    """There is no body."""


def framing_of(response: aiohttp.ClientResponse) -> Framing:
    """Return how the body of an answer ends."""
    if response.method == "HEAD" or response.status in _BODILESS:
        return Framing.NONE
    if "Transfer-Encoding" in response.headers:
        return Framing.CHUNKED
    return Framing.LENGTH if "Content-Length" in response.headers else Framing.CLOSE


class Answer:
    """What came, and from where. Use it as a context manager.

    Read to the end, the connection goes back to its pool. Leaving earlier closes it,
    and so does cancelling.
    """

    def __init__(
        self,
        response: aiohttp.ClientResponse,
        *,
        hop: Hop,
        text: bool,
        meter: Meter,
        times: tuple[float, float],
        silence: Callable[[], Timeout],
        release: Callable[[], None],
    ) -> None:
        """Take what came; `times` are the epoch seconds of asking and of its head.

        `silence` returns how long a piece of the body is waited for.
        `release` is called when nothing more is read.
        """
        self._response = response
        self._hop = hop
        self._text = text
        self._meter = meter
        self._times = times
        self._silence = silence
        self._release = release
        self._sent: frozenset[str] | None = None
        self._private: Recogniser | None = None
        self._head = b""
        self._received = 0
        self._ended = False
        self._connection = response.connection.protocol if response.connection else None
        self.status = response.status
        """The status code."""
        self.headers = response.headers
        """The header fields as they came, duplicates kept."""
        self.framing = framing_of(response)
        declared = self.headers.get("Content-Length", "")
        self.content_length = (
            int(declared) if declared.isascii() and declared.isdigit() else None
        )
        """The declared length; of what a GET would bring, if there is no body."""

    @property
    def url(self) -> str:
        """The URL that answered, without a token: the base of its references.

        Where a token is itself a URL, that one: do not show it.
        """
        hop = self._hop
        return hop.stamped.url if hop.stamped.moved else hop.url

    @property
    def sent_query(self) -> str | None:
        """The query as it was sent, token included."""
        return uri.split(self._hop.stamped.url).query

    @property
    def origin(self) -> str:
        """Who answered."""
        return uri.origin(self._hop.stamped.url)

    @property
    def skew(self) -> float | None:
        """How many seconds the upstream's clock is ahead of ours, if this tells."""
        sent, received = self._times
        date, age = self.headers.get("Date"), self.headers.get("Age")
        return skew_of(date, age, sent=sent, received=received)

    @property
    def carried(self) -> bool:
        """Whether the request that was answered carried the token, or stands for it."""
        return self._hop.stamped.carried or self._hop.handed_on

    @property
    def secrets(self) -> frozenset[str]:
        """The values of the token that were sent on the way here."""
        return self._hop.secrets

    @property
    def sent(self) -> frozenset[str]:
        """What was sent that is not public: the token, other credentials."""
        if self._sent is None:
            last = self._hop.stamped
            beside = credentials_of(last.headers) | user_of(last.url)
            self._sent = self.secrets | beside
        return self._sent

    @property
    def private(self) -> Recogniser:
        """Recognises what no player may see: what was sent, if nobody knows of more."""
        if self._private is None:
            self._private = Recogniser(self.sent)
        return self._private

    @private.setter
    def private(self, private: Recogniser) -> None:
        self._private = private

    @property
    def echoes(self) -> frozenset[str]:
        """What it may repeat of the request and must not be logged: rather too much."""
        return self.sent | self.private.given | secrets_of_url(self._hop.stamped.url)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes: it was read to its end, or given up."""
        return self._ended

    @property
    def moved(self) -> bool:
        """Whether a token that is itself a URL was asked in place of the question's."""
        return self._hop.stamped.moved

    @property
    def redirected(self) -> bool:
        """Whether another URL answered than the one that was asked."""
        return self._hop.number > 0

    @property
    def redirect_seconds(self) -> float:
        """How long the redirects that led here may be followed without asking again."""
        return self._hop.kept_seconds

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
        """Give up what has not been read."""
        if not self._ended:
            self._ended = True
            self._response.close()
            self._release()
        self._meter.tell(self.status, received=self._received)

    def shows(self, size: int) -> bool:
        """Tell whether so many first bytes are here, or all: nobody waits for them.

        Those of what is coded are never called so.
        """
        content = self._response.content
        if "Content-Encoding" in self.headers:
            return False
        if len(self._head) >= size or self._ended:
            return True
        if content.exception() is None and (data := content.read_nowait()):
            self._received += len(data)
            self._head += data
        return len(self._head) >= size

    def shown(self, size: int) -> bytes:
        """Return so many first bytes if they are here, and none if not."""
        return self._head[:size] if self.shows(size) else b""

    @property
    def is_here(self) -> bool:
        """Whether all that is to come has come, so that nobody waits for any of it."""
        return self._ended or self._response.content.is_eof()

    async def peek(self, size: int) -> bytes:
        """Return the first bytes as they were sent, at most `size`; they stay."""
        while len(self._head) < size and (data := await self._next()):
            self._head += data
        return self._head[:size]

    async def beginning(self, size: int) -> bytes:
        """Return the first bytes without their coding, at most `size`; they stay.

        None come of an answer whose coding hides them.
        """
        codings = self.headers.getall("Content-Encoding", ())
        peeked = await self.peek(_CODED_BYTES if codings else size)
        return beginning(peeked, codings, size)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it was sent, as it comes.

        Raises TruncatedError when it ends before its end: what was yielded until then
        must not be called complete.
        """
        if self._head:
            head, self._head = self._head, b""
            yield head
        while data := await self._next():
            yield data

    async def read(self, limit: int, setting: str = "") -> bytes:
        """Return the whole body, decoded, of at most `limit` bytes.

        Raises LimitError for more, which names the `setting` that the limit comes from.
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
            content = self._response.content
            data = content.read_nowait()
            if not data and not content.at_eof():
                async with self._silence():
                    data = await content.readany()
        except FOREIGN as exc:
            timed_out = isinstance(exc, TimeoutError)
            raise self._cut(Blame.READ_TIMEOUT if timed_out else None) from None
        self._received += len(data)
        if not data:
            self._end()
        return data

    def _end(self) -> None:
        short = (
            self._was_reset()
            if self.framing is Framing.CLOSE
            else self.framing is Framing.LENGTH
            and self._received != self.content_length
        )
        if short:
            raise self._cut(None)
        self._ended = True
        self._release()
        self._meter.tell(self.status, received=self._received)

    def _was_reset(self) -> bool:
        # aiohttp takes any end of the connection for the end of such a body.
        if self._connection is None:
            return False
        return isinstance(self._connection.exception(), aiohttp.ClientOSError)

    def _cut(self, blame: Blame | None) -> TruncatedError:
        self._fail(blame or Blame.INCOMPLETE)
        error = TruncatedError(f"{self._hop.host}: the body ended before its end")
        error.blame = blame
        return error

    def _too_large(self, found: str, limit: int, setting: str) -> LimitError:
        self._fail(Blame.BODY_SIZE)
        return LimitError(found, setting=setting, allowed=limit)

    def _fail(self, blame: Blame) -> None:
        self._meter.tell(self.status, blame, received=self._received)
        self.close()
