"""Waiting with a timeout, on an injected clock."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.source import Source

T = TypeVar("T")


async def within(clock: Clock, seconds: float, awaited: asyncio.Future[Any]) -> bool:
    """Wait for `awaited` for this many seconds; return whether it is done.

    `awaited` is never cancelled, not even when the caller is.
    """
    if awaited.done():
        return True
    timer = asyncio.create_task(clock.sleep(seconds), name="timer of a wait")
    try:
        await asyncio.wait({timer, awaited}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
    return awaited.done()


async def uncut(work: Coroutine[Any, Any, T]) -> T:
    """Run work that must finish; the work limits its own duration.

    If the caller is cancelled meanwhile, the cancellation takes effect at the end.
    """
    task, cut = asyncio.create_task(work, name="work that is not cut short"), None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as exc:
            cut = exc
    result = task.result()
    if cut is not None:
        raise cut
    return result


async def fetched(
    source: Source, clock: Clock, seconds: float, *, stream: str
) -> Token:
    """Return a source's token; raise `SourceError` if it does not answer in time.

    After a timeout, or when the caller is cancelled, the source is cancelled too.
    """
    fetch = asyncio.create_task(source.fetch(), name=f"source of {stream}")
    try:
        if await within(clock, seconds, fetch):
            return fetch.result()
        raise SourceError(f"no token within {seconds:g} s", for_all=True)
    finally:
        fetch.cancel()
