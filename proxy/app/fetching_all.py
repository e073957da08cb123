"""Fetches all pieces of a recording, several at once, and checks the result."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from proxy.app.prefetch_plan import BASE_URL, PlannedPiece, PlayedStream
from proxy.clock import Clock
from proxy.errors import BadAnswerError, HlsAuthProxyError
from proxy.replies import MediaReply, PlayerAsk

# How many pieces are fetched at once. Few, because the upstream also serves viewers.
_AT_ONCE = 4
_TRIES = 3
_PAUSE_SECONDS = 1.0


class Progress(Protocol):
    """Shows the progress."""

    def update(self, n_steps: int) -> None:
        """Add `n_steps` pieces that are done."""
        ...


Bar = Callable[[str, int], AbstractContextManager[Progress]]
"""Shows a progress bar while the block runs. Called with a label and the number of
pieces."""


@dataclass(slots=True)
class FetchAll:
    """Fetches pieces as a player does, so that they are kept."""

    stream: PlayedStream
    settled: Callable[[], Awaitable[object]]
    """Waits until everything that was fetched is on the disk."""
    clock: Clock
    bytes: int = field(default=0, init=False)
    had: int = field(default=0, init=False)
    """How many pieces were on the disk before."""

    async def run(self, pieces: Iterable[PlannedPiece], progress: Progress) -> None:
        """Fetch all pieces; raise the error of a piece that cannot be fetched."""
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

    async def _some(self, rest: Iterator[PlannedPiece], progress: Progress) -> None:
        for piece in rest:
            await self._patiently(piece)
            await self.settled()
            progress.update(1)

    async def _patiently(self, piece: PlannedPiece) -> None:
        for left in reversed(range(_TRIES)):
            try:
                await self._fetch(piece)
            except HlsAuthProxyError:
                if not left:
                    raise
                await self.clock.sleep(_PAUSE_SECONDS)
            else:
                return

    async def _fetch(self, piece: PlannedPiece) -> None:
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
    stream: PlayedStream, pieces: Iterable[PlannedPiece], progress: Progress
) -> dict[str, HlsAuthProxyError]:
    """Return the paths that a stream does not serve to a player, and the errors."""
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
