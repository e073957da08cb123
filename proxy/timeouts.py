"""Timeouts that cost next to nothing while nothing takes too long.

asyncio's arms a timer for each block and cancels it at the end; a request has several,
and the timers of all requests are sorted into one heap. Here one timer is armed for
many blocks, for the first end among them; a block that is left in time leaves it be.
"""

import asyncio
import math
from types import TracebackType
from typing import Protocol, Self


class Timeout(Protocol):
    """A block that raises TimeoutError when it lasts longer; asyncio's is one."""

    def reschedule(self, when: float | None) -> None:
        """Let it end at another time of the event loop; None: never."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None: ...


class Timeouts:
    """Makes them, by the time of the event loop that runs."""

    def __init__(self) -> None:
        self._watch: _Watch | None = None

    def after(self, seconds: float) -> Timeout:
        """Return a block that ends after so many seconds from now."""
        loop = asyncio.get_running_loop()
        if self._watch is None or self._watch.loop is not loop:
            self._watch = _Watch(loop)
        return _Block(self._watch, loop.time() + seconds)


class _Watch:
    """The blocks of one event loop, and one timer for all."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._blocks: set[_Block] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = math.inf

    def add(self, block: "_Block") -> None:
        """Watch over a block."""
        self._blocks.add(block)
        if block.ends_at < self._rings_at:
            self._ring(block.ends_at)

    def drop(self, block: "_Block") -> None:
        """Watch no longer."""
        self._blocks.discard(block)

    def _ring(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = at
        self._timer = self.loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer, self._rings_at = None, math.inf
        now = self.loop.time()
        for block in [block for block in self._blocks if block.ends_at <= now]:
            self._blocks.discard(block)
            block.end()
        first = min((block.ends_at for block in self._blocks), default=math.inf)
        if math.isfinite(first):
            self._ring(first)


class _Block:
    """Ends like `asyncio.Timeout`: the task is cancelled, and that is taken back."""

    __slots__ = ("_cancelling", "_ended", "_task", "_watch", "ends_at")

    def __init__(self, watch: _Watch, ends_at: float) -> None:
        self.ends_at = ends_at
        self._watch = watch
        self._ended = False
        self._task: asyncio.Task[object] | None = None

    def reschedule(self, when: float | None) -> None:
        self.ends_at = math.inf if when is None else when
        if self._task is not None and not self._ended:
            self._watch.add(self)

    def end(self) -> None:
        """End it: its time is over."""
        if self._task is not None:
            self._ended = True
            self._task.cancel()

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a timeout is for tasks")
        self._task, self._cancelling = task, task.cancelling()
        self._watch.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if not self._ended:
            self._watch.drop(self)
            return
        ours = task is not None and task.uncancel() <= self._cancelling
        if ours and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error
