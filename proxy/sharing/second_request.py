"""Sends a request a second time if the first one gets no answer in time."""

import asyncio
from collections.abc import Awaitable, Callable

from proxy.replies import MediaReply
from proxy.tasks import started

Ask = Callable[[], Awaitable[MediaReply | None]]


async def first_answer(
    ask: Ask, late: Callable[[asyncio.Task[MediaReply | None]], Awaitable[bool]]
) -> MediaReply | None:
    """Send a request, repeat it if it is late, and return the first answer.

    `late` waits a reasonable time for the task of the first request, and returns
    whether to repeat it. If all requests fail, the error of the first is raised.
    """
    first = started(ask, name="request")
    tasks, best = [first], first
    try:
        if not await late(first):
            return await first
        tasks.append(started(ask, name="second request"))
        best = await _best(tasks)
        return best.result()
    finally:
        await _drop([task for task in tasks if task is not best or not task.done()])


async def _best(
    tasks: list[asyncio.Task[MediaReply | None]],
) -> asyncio.Task[MediaReply | None]:
    """Return the first task to succeed; the first task of the list if none does."""
    waiting = set(tasks)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if not task.cancelled() and task.exception() is None:
                return task
    return tasks[0]


async def _drop(tasks: list[asyncio.Task[MediaReply | None]]) -> None:
    """Cancel requests, and close answers that are not needed."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for task in tasks:
        if task.cancelled() or task.exception() is not None:
            continue
        if (reply := task.result()) is not None:
            await reply.answer.__aexit__(None, None, None)
