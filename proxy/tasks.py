"""Tasks whose failure is always seen, whoever is still there to hear of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


def started(make: Callable[[], Awaitable[T]], *, name: str) -> asyncio.Task[T]:
    """Return a task that awaits what `make` returns.

    Its owner may be cancelled in the same turn of the loop in which it fails. asyncio
    then logs "Task exception was never retrieved" for an ordinary failure: not here.
    """

    async def done() -> T:
        return await make()

    task = asyncio.create_task(done(), name=name)
    task.add_done_callback(seen)
    return task


def seen(task: asyncio.Future[Any]) -> None:
    """Take note of the exception of a task that is done."""
    if not task.cancelled():
        task.exception()
