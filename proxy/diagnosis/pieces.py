"""Fetches media as a player does, and counts its bytes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Protocol

from proxy.diagnosis.contents import ByteRange
from proxy.diagnosis.fault import RangeIgnoredError
from proxy.replies import MediaReply, PlayerAsk, RedirectReply, Reply

_BASE_URL = "http://127.0.0.1"


class CheckedStream(Protocol):
    """The part of a stream that a check uses."""

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Return the answer for a path below the stream; failures are raised."""
        ...


class FetchedBody(Protocol):
    """The body of an answer, used as a context."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes; raise an UpstreamError if they break off."""
        ...

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


Follow = Callable[[str, Mapping[str, str]], Awaitable[tuple[int, FetchedBody]]]
"""Requests a URL with these header fields, as a player does that was redirected to it.

Returns the status and the body; raises an UpstreamError if it is refused."""


async def unfollowed(_: str, __: Mapping[str, str]) -> tuple[int, FetchedBody]:
    """Follow no redirect: for streams that relay their media."""
    raise AssertionError("the stream relays its media")


def ask(headers: Mapping[str, str] = MappingProxyType({})) -> PlayerAsk:
    """Return a player's request with these header fields."""
    return PlayerAsk("GET", "", headers, _BASE_URL)


def last(span: ByteRange) -> int:
    """Return the position of the last byte of a range."""
    return span.start + span.length - 1


@dataclass(frozen=True, slots=True)
class Pieces:
    """The media of a stream."""

    stream: CheckedStream
    follow: Follow = unfollowed

    async def size(self, path: str, span: ByteRange | None = None) -> int:
        """Fetch a resource, or a byte range of it; return its number of bytes."""
        headers = {} if span is None else {"Range": f"bytes={span.start}-{last(span)}"}
        reply = await self.stream.open(path, ask(headers))
        if isinstance(reply, RedirectReply):
            status, answer = await self.follow(reply.url, headers)
        elif isinstance(reply, MediaReply):
            status, answer = reply.status, reply.answer
        else:
            return len(reply.body)
        size = 0
        async with answer:
            if span is not None and status != HTTPStatus.PARTIAL_CONTENT:
                raise RangeIgnoredError(
                    f"requested bytes {span.start} to {last(span)}, got the whole file"
                    f" (status {status})"
                )
            async for chunk in answer.chunks():
                size += len(chunk)
        if span is not None and size != span.length:
            raise RangeIgnoredError(f"requested {span.length} bytes, got {size}")
        return size
