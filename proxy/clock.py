"""The clock: wall time, monotonic time and sleep, passed to all code that needs time.

Tokens are judged by wall time (epoch seconds), so that suspend and clock steps are
noticed. Monotonic time measures how long something took.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from proxy.timeouts import Timeout, Timeouts


class Timer(Protocol):
    """A scheduled call."""

    def cancel(self) -> object:
        """Cancel the call; does nothing if it was already made."""
        ...


class Clock(Protocol):
    """The clock as used by all code that needs time."""

    def wall(self) -> float:
        """Return the epoch time in seconds."""
        ...

    def mono(self) -> float:
        """Return seconds that never step; on Linux they pause during suspend."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on the monotonic clock."""
        ...

    def timeout(self, seconds: float) -> Timeout:
        """Return a block that raises TimeoutError when it lasts longer."""
        ...

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back on the monotonic clock, once."""
        ...


class SystemClock:
    """The machine's clock."""

    # Called two dozen times per request, so the system's functions are used directly.
    wall = staticmethod(time.time)
    mono = staticmethod(time.monotonic)

    def __init__(self) -> None:
        self._timeouts = Timeouts()

    async def sleep(self, seconds: float) -> None:
        """Wait on the monotonic clock."""
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float) -> Timeout:
        """Return a block that raises TimeoutError when it lasts longer."""
        return self._timeouts.after(seconds)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back on the monotonic clock, once."""
        return asyncio.get_running_loop().call_later(seconds, callback)
