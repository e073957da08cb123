"""The clock of the machine."""

import asyncio
import time

from proxy.clock import SystemClock


def test_the_machines_clock_is_read() -> None:
    """Wall time is epoch seconds; monotonic time is the loop's own."""
    clock = SystemClock()
    assert abs(clock.wall() - time.time()) < 5
    assert abs(clock.mono() - time.monotonic()) < 5


async def test_sleep_lets_others_run() -> None:
    """Other tasks run meanwhile."""
    ran = asyncio.Event()
    asyncio.get_running_loop().call_soon(ran.set)
    await SystemClock().sleep(0)
    assert ran.is_set()
