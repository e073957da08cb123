"""Fetches all pieces of a recording, several at once, and looks at the result."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from proxy.app.prefetch_plan import BASE_URL, Piece, Stream
from proxy.clock import Clock
from proxy.errors import BadAnswerError, HlsAuthProxyError
from proxy.replies import MediaReply, PlayerAsk

# The upstream serves viewers meanwhile.
_AT_ONCE = 4
_TRIES = 3
_PAUSE_SECONDS = 1.0


class Progress(Protocol):
    """Shows how far it is."""

    def update(self, n_steps: int) -> None:
        """Count pieces that are done."""
        ...


Bar = Callable[[str, int], AbstractContextManager[Progress]]
"""Shows under a label the progress over so many pieces, while the block lasts."""


@dataclass(slots=True)
class FetchAll:
    """Fetches pieces as a player does, so that they are kept."""

    stream: Stream
    settled: Callable[[], Awaitable[object]]
    """Waits until what was fetched is on the disk."""
    clock: Clock
    bytes: int = field(default=0, init=False)
    had: int = field(default=0, init=False)
    """How many pieces were on the disk before."""

    async def run(self, pieces: Iterable[Piece], progress: Progress) -> None:
        """Fetch all; raises the error of a piece that does not come."""
        rest = iter(pieces)
        tasks = [
            asyncio.create_task(self._some(rest, progress), name=f"prefetch {number}")
            for number in range(_AT_ONCE)
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _some(self, rest: Iterator[Piece], progress: Progress) -> None:
        for piece in rest:
            await self._patiently(piece)
            await self.settled()
            progress.update(1)

    async def _patiently(self, piece: Piece) -> None:
        for left in reversed(range(_TRIES)):
            try:
                await self._fetch(piece)
            except HlsAuthProxyError:
                if not left:
                    raise
                await self.clock.sleep(_PAUSE_SECONDS)
            else:
                return

    async def _fetch(self, piece: Piece) -> None:
        reply = await self.stream.open(
            piece.path, PlayerAsk("GET", "", piece.headers, BASE_URL)
        )
        if not isinstance(reply, MediaReply):
            raise BadAnswerError("expected media, got something else")
        async with reply.answer as body:
            async for chunk in body.chunks():
                self.bytes += len(chunk)
        self.had += reply.cache is not None and reply.cache.hit


async def missing_of(
    stream: Stream, pieces: Iterable[Piece], progress: Progress
) -> dict[str, HlsAuthProxyError]:
    """Return the pieces that a player does not get from a stream, and why."""
    missing: dict[str, HlsAuthProxyError] = {}
    for piece in pieces:
        try:
            reply = await stream.open(
                piece.path, PlayerAsk("HEAD", "", piece.headers, BASE_URL)
            )
        except HlsAuthProxyError as error:
            missing[piece.path] = error
        else:
            if isinstance(reply, MediaReply):
                async with reply.answer:
                    pass
        progress.update(1)
    return missing
