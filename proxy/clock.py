"""The clock: wall time, monotonic time and sleep, given to whatever knows time.

Wall time (epoch seconds) decides about tokens, so that suspend and clock steps are
seen; monotonic time measures how long something took.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from proxy.timeouts import Timeout, Timeouts


class Timer(Protocol):
    """A call that is still to come."""

    def cancel(self) -> object:
        """Let it not come; no harm is done if it has come already."""
        ...


class Clock(Protocol):
    """What a part that knows time is given."""

    def wall(self) -> float:
        """Return the epoch time in seconds."""
        ...

    def mono(self) -> float:
        """Return seconds that never step; on Linux they stand still in suspend."""
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
    """The clock of the machine."""

    # Read two dozen times for each request: nothing stands before the system's own.
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
