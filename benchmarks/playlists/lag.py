"""Measures how late the event loop wakes up."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

TICK_SECONDS = 0.001
"""The interval at which the loop should wake up."""


@dataclass(slots=True)
class Lag:
    """The worst lag so far, in seconds."""

    worst: float = 0.0


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[Lag]:
    """Measure how late the event loop wakes up while the block lasts.

    It is measured in CPU time of the process, so other programs on the machine do not
    affect it.
    """
    lag = Lag()

    async def tick() -> None:
        while True:
            due = time.process_time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            lag.worst = max(lag.worst, time.process_time() - due)

    task = asyncio.create_task(tick(), name="ticks of the event loop")
    try:
        yield lag
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
