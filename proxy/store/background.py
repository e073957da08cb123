"""The threads that wait for a disk, and the tasks that wait for them."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from proxy.tasks import started

T = TypeVar("T")

_READERS = 2


class Background:
    """One thread changes a folder; others read, and do not wait for that one."""

    def __init__(self) -> None:
        self.closed = False
        self._writer = ThreadPoolExecutor(1, "store-writer")
        self._readers = ThreadPoolExecutor(_READERS, "store-reader")
        self._tasks = set[asyncio.Task[Any]]()

    def later(self, make: Callable[[], Awaitable[T]], name: str) -> asyncio.Task[T]:
        """Do something in the background; `finish` waits for it."""
        task = started(make, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def write(self, call: Callable[..., T], *parts: object) -> T:
        """Call in the thread that changes the folder."""
        return await _run(self._writer, call, *parts)

    async def read(self, call: Callable[..., T], *parts: object) -> T:
        """Call in a thread that reads."""
        return await _run(self._readers, call, *parts)

    async def finish(self) -> None:
        """Wait for everything that goes on in the background."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Finish. When cancelled, nothing more is begun; a thread ends its file."""
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
    # The futures of a thread refer to each other: what they hold, such as an open file,
    # would stay until the garbage collector runs. And the thread holds on to the
    # function for a moment after it has returned. So neither holds anything.
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
