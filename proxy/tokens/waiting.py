"""Waiting for something, but not for ever, on an injected clock."""

import asyncio
from typing import Any

from proxy.clock import Clock


async def within(clock: Clock, seconds: float, awaited: asyncio.Future[Any]) -> bool:
    """Wait for `awaited` for so many seconds; return whether it is done.

    Never cancels what it waits for, not even when it is cancelled itself.
    """
    if awaited.done():
        return True
    timer = asyncio.create_task(clock.sleep(seconds), name="timer of a wait")
    try:
        await asyncio.wait({timer, awaited}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
    return awaited.done()
