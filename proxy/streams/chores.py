"""Background work for all players of a stream, which continues if a player leaves."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable

from proxy.deadline import for_all
from proxy.errors import HlsAuthProxyError

CHORE_SECONDS = 30.0
"""How long a chore may take, so that chores do not pile up if the upstream hangs."""


class Chores:
    """Runs each chore once at a time, to its end, without reporting its outcome."""

    def __init__(self, *, seconds: float = CHORE_SECONDS) -> None:
        self._seconds = seconds
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def start(
        self, key: Hashable, make: Callable[[], Awaitable[object]]
    ) -> asyncio.Task[None]:
        """Return the running chore with this key, or start it.

        Use `asyncio.wait` to wait for it, so that cancelling the caller does not cancel
        the chore.
        """
        task = self._tasks.get(key)
        if task is None:
            with for_all():
                task = asyncio.create_task(self._do(make), name="chore")
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def close(self) -> None:
        """Cancel all running chores."""
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _do(self, make: Callable[[], Awaitable[object]]) -> None:
        with contextlib.suppress(HlsAuthProxyError, TimeoutError):
            async with asyncio.timeout(self._seconds):
                await make()
