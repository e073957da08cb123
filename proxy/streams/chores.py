"""Work for all players of a stream: it goes on when one that waits for it leaves."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable

from proxy.deadline import for_all
from proxy.errors import HlsAuthProxyError

CHORE_SECONDS = 30.0
"""How long one may take: an upstream that hangs does not collect them."""


class Chores:
    """Runs each chore once at a time, to its end; it tells nobody how it went."""

    def __init__(self, *, seconds: float = CHORE_SECONDS) -> None:
        self._seconds = seconds
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def start(
        self, key: Hashable, make: Callable[[], Awaitable[object]]
    ) -> asyncio.Task[None]:
        """Return the chore of this key, begun now unless it is under way.

        To wait for it without ending it use `asyncio.wait`.
        """
        task = self._tasks.get(key)
        if task is None:
            with for_all():
                task = asyncio.create_task(self._do(make), name="chore")
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._tasks.pop(key, None))
        return task

    async def close(self) -> None:
        """End all that are under way."""
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _do(self, make: Callable[[], Awaitable[object]]) -> None:
        with contextlib.suppress(HlsAuthProxyError, TimeoutError):
            async with asyncio.timeout(self._seconds):
                await make()
