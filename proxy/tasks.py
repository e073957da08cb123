"""Start tasks whose exceptions always count as retrieved."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

T = TypeVar("T")


def started(make: Callable[[], Awaitable[T]], *, name: str) -> asyncio.Task[T]:
    """Return a task that awaits the result of `make`.

    The task's owner may be cancelled in the same iteration of the event loop in which
    the task fails. asyncio would then log "Task exception was never retrieved" for an
    ordinary failure. That does not happen with this task.
    """

    async def done() -> T:
        return await make()

    task = asyncio.create_task(done(), name=name)
    task.add_done_callback(seen)
    return task


def seen(task: asyncio.Future[Any]) -> None:
    """Mark the exception of a finished task as retrieved."""
    if not task.cancelled():
        task.exception()
