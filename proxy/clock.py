"""The clock: wall time, monotonic time and sleep, given to whatever knows time.

Wall time (epoch seconds) decides about tokens, so that suspend and clock steps are
seen; monotonic time measures how long something took.
"""

import asyncio
import time
from typing import Protocol


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

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """Return a block that raises TimeoutError when it lasts longer."""
        ...


class SystemClock:
    """The clock of the machine."""

    def wall(self) -> float:
        """Return the epoch time in seconds."""
        return time.time()

    def mono(self) -> float:
        """Return seconds that never step; on Linux they stand still in suspend."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait on the monotonic clock."""
        await asyncio.sleep(seconds)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """Return a block that raises TimeoutError when it lasts longer."""
        return asyncio.timeout(seconds)
