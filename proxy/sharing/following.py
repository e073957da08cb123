"""The body that a player gets from a resource that is being fetched for all."""

from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

from proxy.core.http.framing import Framing
from proxy.errors import TruncatedError
from proxy.replies import MediaBody
from proxy.sharing.growing_body import Growing

RestAfter = Callable[[int], Awaitable[MediaBody | None]]
"""Returns the body from a position to its end; None if that is impossible."""


class Follower:
    """A part of a growing body, by default all of it, read at this player's pace."""

    def __init__(
        self,
        growing: Growing,
        start: int = 0,
        end: int | None = None,
        *,
        held: bool = False,
        left: Callable[[int], None] = lambda _: None,
        rest: RestAfter | None = None,
    ) -> None:
        """`end` is the position after the last byte, if the length is known.

        `held` says whether the upstream holds back the first byte. At the end of the
        use, `left` is called with the number of bytes that were read. If this player is
        too slow for the others, `rest` is called to get the missing bytes.
        """
        self.framing = Framing.CHUNKED if end is None else Framing.LENGTH
        self.content_length = None if end is None else end - start
        self._growing = growing
        self._start = start
        self._end = end
        self._held = held
        self._left = left
        self._rest = rest
        self._reader = growing.enter(start)

    @property
    def held(self) -> bool:
        """Whether the first byte is still held back."""
        return self._held and not self._growing.size

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the bytes as they come.

        Raises TruncatedError if the body ends too early, or the error of the fill.
        """
        growing, reader, end = self._growing, self._reader, self._end
        try:
            while data := await growing.read(reader, end):
                yield data
        except TruncatedError:
            rest = await self._rest(reader.at) if reader.cut and self._rest else None
            if rest is None:
                raise
            async with rest as body:
                async for data in body.chunks():
                    yield data if end is None else data[: end - reader.at]
                    reader.at += len(data)
                    if end is not None and reader.at >= end:
                        return
        if end is not None and reader.at < end:
            raise TruncatedError("a shared body has less than was announced")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._growing.leave(self._reader)
        self._left(self._reader.at - self._start)
