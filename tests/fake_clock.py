"""A clock that the test moves."""

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator

_NEVER_SECONDS = 1e6


class FakeClock:
    """Implements `proxy.clock.Clock`; sleepers wake in order as time advances."""

    def __init__(self, wall: float = 1_800_000_000.0) -> None:
        self._wall = wall
        self._mono = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def wall(self) -> float:
        """Return the epoch time in seconds."""
        return self._wall

    def mono(self) -> float:
        """Return the monotonic time in seconds."""
        return self._mono

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has advanced this far."""
        woken = asyncio.get_running_loop().create_future()
        wakes_at = self._mono + max(0.0, seconds)
        heapq.heappush(self._sleepers, (wakes_at, next(self._order), woken))
        await woken

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """Return a block that times out when the clock has advanced this far."""
        loop = asyncio.get_running_loop()
        block = asyncio.timeout(_NEVER_SECONDS)
        over = loop.create_future()

        def expire(_: asyncio.Future[None]) -> None:
            with contextlib.suppress(RuntimeError):  # the block has been left
                if block.when() is not None:
                    block.reschedule(loop.time())

        over.add_done_callback(expire)
        wakes_at = self._mono + max(0.0, seconds)
        heapq.heappush(self._sleepers, (wakes_at, next(self._order), over))
        if seconds <= 0:
            over.set_result(None)
        return block

    def call_later(
        self, seconds: float, callback: Callable[[], None]
    ) -> asyncio.Future[None]:
        """Call back when the clock has advanced this far."""
        called = asyncio.get_running_loop().create_future()

        def call(ended: asyncio.Future[None]) -> None:
            if not ended.cancelled():
                callback()

        called.add_done_callback(call)
        calls_at = self._mono + max(0.0, seconds)
        heapq.heappush(self._sleepers, (calls_at, next(self._order), called))
        return called

    async def settle(self, rounds: int = 50) -> None:
        """Let every task run that is ready."""
        for _ in range(rounds):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let time pass: both clocks move, and sleepers wake."""
        end = self._mono + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            wakes_at = self._sleepers[0][0]
            woken = [sleeper for sleeper in self._due(wakes_at) if not sleeper.done()]
            if not woken:
                continue
            self._move_to(wakes_at)
            for sleeper in woken:
                sleeper.set_result(None)
            await self.settle()
        self._move_to(end)
        await self.settle()

    async def jump(self, seconds: float) -> None:
        """Suspend the machine, or step its clock: only the wall clock moves."""
        self._wall += seconds
        await self.settle()

    def _due(self, mono: float) -> Iterator[asyncio.Future[None]]:
        """Yield the timers that are due, in order."""
        while self._sleepers and self._sleepers[0][0] <= mono:
            yield heapq.heappop(self._sleepers)[2]

    def _move_to(self, mono: float) -> None:
        self._wall += mono - self._mono
        self._mono = mono
