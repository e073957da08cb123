"""How late the event loop wakes up."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

TICK_SECONDS = 0.001
"""How often the loop is to wake up."""


@dataclass(slots=True)
class Lag:
    """The worst so far, in seconds."""

    worst: float = 0.0


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[Lag]:
    """Measure how late the event loop wakes up while the block lasts.

    In CPU time of the process: what other programs take of the machine is not meant.
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
