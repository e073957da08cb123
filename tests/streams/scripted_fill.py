"""An upstream's answers for fills, as a test sets them."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.kind import Kind
from proxy.errors import HlsAuthProxyError
from proxy.replies import MediaReply
from proxy.sharing.fill import Fill
from proxy.sharing.fill_orders import Order
from proxy.sharing.fills import Fills
from proxy.store.key import Key
from tests.streams.storing import store

KEY = Key("s", "main/s.ts", "https://a.test/s.ts", "run", 0)
ORDER = Order(KEY, Kind.SEGMENT)


class Body:
    """The bytes of an answer; a failure among them is raised."""

    held = False

    def __init__(
        self,
        *parts: bytes | HlsAuthProxyError,
        framing: Framing = Framing.LENGTH,
        length: int | None = None,
    ) -> None:
        sent = sum(len(part) for part in parts if isinstance(part, bytes))
        self.framing = framing
        self.content_length = length
        if length is None and framing is Framing.LENGTH:
            self.content_length = sent
        self.closed = False
        """Whether its use has ended."""
        self._parts = parts

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the chunks."""
        for part in self._parts:
            if isinstance(part, HlsAuthProxyError):
                raise part
            yield part

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closed = True


class Upstream:
    """Answers with each of its replies in turn; records its requests."""

    def __init__(self, *replies: MediaReply | HlsAuthProxyError | None) -> None:
        self.asked: list[Fields] = []
        self._replies = iter(replies)

    async def __call__(self, fields: Fields) -> MediaReply | None:
        """Return the next reply."""
        self.asked.append(fields)
        reply = next(self._replies)
        if isinstance(reply, HlsAuthProxyError):
            raise reply
        return reply


def reply(body: Body, *headers: tuple[str, str], status: int = 200) -> MediaReply:
    """Return an answer."""
    return MediaReply(status, headers, body)


def joined(fills: Fills, upstream: Upstream, order: Order = ORDER) -> Fill:
    """Return a fill for one player."""
    fill = fills.begin(order, upstream)
    fills.join(fill, first=True)
    return fill


__all__ = ["KEY", "ORDER", "Body", "Upstream", "joined", "reply", "store"]
