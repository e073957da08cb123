"""The threads that do disk I/O, and the background tasks that use them."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from proxy.tasks import started

T = TypeVar("T")

_READERS = 2


class Background:
    """One thread changes a folder. Others read, and do not wait for the first."""

    def __init__(self) -> None:
        self.closed = False
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(_READERS, "store-reader")
        self._tasks = set[asyncio.Task[Any]]()

    def later(self, make: Callable[[], Awaitable[T]], name: str) -> asyncio.Task[T]:
        """Start a task in the background; `finish` waits for it."""
        task = started(make, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def write(self, call: Callable[..., T], *parts: object) -> T:
        """Run a function in the thread that changes the folder; return its result."""
        return await _run(self._writer, call, *parts)

    async def read(self, call: Callable[..., T], *parts: object) -> T:
        """Run a function in a thread that reads; return its result."""
        return await _run(self._readers, call, *parts)

    async def finish(self) -> None:
        """Wait for all background tasks."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Finish. If cancelled, begin nothing more; threads complete their file."""
        try:
            await self.finish()
        finally:
            self.closed = True
            for task in self._tasks:
                task.cancel()
            for threads in (self._writer, self._readers):
                threads.shutdown(wait=False, cancel_futures=True)


async def _run(
    threads: ThreadPoolExecutor, call: Callable[..., T], *parts: object
) -> T:
    # The futures of a thread refer to each other. What they hold, such as an open file,
    # would stay until the garbage collector runs. Also, the thread keeps a reference to
    # the function for a moment after it has returned. So neither may hold anything.
    calls = [(call, parts)]
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        call, parts = calls.pop()
        try:
            results.append(call(*parts))
        except Exception as exc:  # noqa: BLE001  it is raised below
            errors.append(exc)

    await asyncio.get_running_loop().run_in_executor(threads, run)
    if errors:
        raise errors.pop()
    return results.pop()
