"""Notices when a body is nearly complete.

That is when its rest will come sooner than the answer to a new request would. Whoever
sends the next request then keeps the line busy, and takes little from this body.
"""

import asyncio
from math import inf

from proxy.clock import Clock


class Nearly:
    """Whether one body is nearly complete. Create it when its request is sent."""

    __slots__ = ("_asked_at", "_clock", "_event", "_head_at", "_length", "size")

    def __init__(self, clock: Clock) -> None:
        self.size: float = inf
        """Call `came` only after this many bytes. The speed of fewer is not known well.
        """
        self._clock = clock
        self._asked_at = clock.mono()
        self._head_at = 0.0
        self._length = 0
        self._event = asyncio.Event()

    @property
    def is_set(self) -> bool:
        """Whether it is nearly complete, or has ended."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Wait until it is nearly complete, or has ended."""
        await self._event.wait()

    def begun(self, length: int | None) -> None:
        """Record that the head came, with the length of the body if it is known."""
        self._head_at = self._clock.mono()
        if length is not None:
            self._length, self.size = length, length / 2

    def came(self, size: int) -> None:
        """Record how many bytes have come in all."""
        answered = self._head_at - self._asked_at
        taken = self._clock.mono() - self._head_at
        # The rest comes at the speed so far.
        if (self._length - size) * taken < answered * size:
            self.end()

    def end(self) -> None:
        """Record the end, however the body ended."""
        self.size = inf
        self._event.set()
