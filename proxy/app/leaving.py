"""What no player can reach any more, but some are in the middle of."""

import asyncio
from collections.abc import Awaitable, Callable

from proxy.clock import Clock
from proxy.tasks import started
from proxy.tokens.waiting import within

GRACE_SECONDS = 300.0
"""How long what is under way may go on: a long segment, to a player on a slow line."""


class Leaving:
    """Closes each stream when its last request has ended, or its time is over."""

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
        """Close it once it is idle."""

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
        """Close all now."""
        for wait in self._waits.values():
            wait.cancel()
        if self._waits:
            await asyncio.wait(set(self._waits))
