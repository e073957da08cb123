"""Waiting for something, but not for ever, on an injected clock."""

import asyncio
from typing import Any

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.source import Source


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


async def fetched(
    source: Source, clock: Clock, seconds: float, *, stream: str
) -> Token:
    """Return the token of a source that answers in time; raise `SourceError` if not.

    Whether it is given up or the caller leaves: the source is cancelled.
    """
    fetch = asyncio.create_task(source.fetch(), name=f"source of {stream}")
    try:
        if await within(clock, seconds, fetch):
            return fetch.result()
        raise SourceError(f"no token within {seconds:g} s", for_all=True)
    finally:
        fetch.cancel()
