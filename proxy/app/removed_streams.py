"""Streams that players can no longer open, but that still have requests in progress."""

import asyncio
from collections.abc import Awaitable, Callable

from proxy.clock import Clock
from proxy.tasks import started
from proxy.tokens.waiting import within

GRACE_SECONDS = 300.0
"""How long transfers in progress may continue: long enough for a long segment on a slow
connection."""


class RemovedStreams:
    """Closes each removed stream after its last request or the grace time."""

    def __init__(self, *, clock: Clock, seconds: float = GRACE_SECONDS) -> None:
        self._clock = clock
        self._seconds = seconds
        self._waits: dict[asyncio.Task[None], asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._waits)

    def add(
        self,
        idle: Callable[[], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        """Close the stream once it is idle or the grace time is over."""

        async def leave() -> None:
            try:
                await within(self._clock, self._seconds, wait)
            finally:
                wait.cancel()
                await close()

        wait = started(idle, name="requests on a stream that leaves")
        task = started(leave, name="a stream that leaves")
        self._waits[task] = wait
        task.add_done_callback(self._waits.pop)

    async def close(self) -> None:
        """Close all of them now."""
        for wait in self._waits.values():
            wait.cancel()
        if self._waits:
            await asyncio.wait(set(self._waits))
