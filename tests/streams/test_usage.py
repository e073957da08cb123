"""Whether a stream has requests in progress."""

import asyncio

from proxy.streams.usage import Usage


async def test_it_is_idle_between_requests() -> None:
    """From the start, and again when the last running one has ended."""
    usage = Usage()
    await usage.idle()
    usage.begin()
    usage.begin()
    idle = asyncio.create_task(usage.idle())
    usage.end()
    await asyncio.sleep(0)
    assert (len(usage), idle.done()) == (1, False)
    usage.end()
    await idle
    assert len(usage) == 0
