"""Ask again on another connection when the first one is silent.

When the network path is lost, packets vanish without a reset. A request that may be
repeated need not wait until the operating system gives up the connection.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from proxy.clock import Clock
from proxy.tasks import started

HEDGE_SECONDS = 2.0
"""Longer than a slow origin takes. Players wait for 8 s."""

T = TypeVar("T")


async def hedged(
    first: Callable[[], Awaitable[T]],
    second: Callable[[], Awaitable[T]],
    *,
    clock: Clock,
    drop: Callable[[T], None],
) -> T:
    """Return the result of `first` or of `second`, whichever is ready first.

    `second` starts 2 s later. The other one is cancelled; if it has a result too, that
    is passed to `drop`. If both fail, the failure of `first` is raised.
    """
    tasks = [started(first, name="upstream")]
    winner: asyncio.Task[T] | None = None
    try:
        winner = await _first(tasks[0], clock)
        if winner is None:
            tasks.append(started(second, name="upstream, again"))
            winner = await _winner(tasks)
        return winner.result()
    finally:
        await _end({task for task in tasks if task is not winner}, drop)


async def _first(task: asyncio.Task[T], clock: Clock) -> asyncio.Task[T] | None:
    """Return the task when it is done; None if it takes too long."""
    try:
        async with clock.timeout(HEDGE_SECONDS):
            await asyncio.shield(task)
    except Exception:  # noqa: BLE001 - the task's own; its result raises it
        return task if task.done() else None
    return task


async def _winner(tasks: list[asyncio.Task[T]]) -> asyncio.Task[T]:
    """Return the first task that succeeds; `tasks[0]` if none does."""
    pending = set(tasks)
    while pending:
        _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done() and not task.cancelled() and task.exception() is None:
                return task
    return tasks[0]


async def _end(tasks: set[asyncio.Task[T]], drop: Callable[[T], None]) -> None:
    """Cancel the tasks and wait for their end.

    Cancelling this call only ends the wait. It happens if two timeouts expire at once.
    """

    def landed(task: asyncio.Task[T]) -> None:
        if not task.cancelled() and task.exception() is None:
            drop(task.result())

    for task in tasks:
        task.add_done_callback(landed)
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
