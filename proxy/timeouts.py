"""Timeouts that cost almost nothing unless they expire.

asyncio's timeout sets a timer for each block and cancels it at the end. A request has
several such blocks, and the timers of all requests are sorted into one heap. Here many
blocks share one timer, set to the earliest end among them. A block that ends in time
does not touch the timer.
"""

import asyncio
import math
from types import TracebackType
from typing import Protocol, Self


class Timeout(Protocol):
    """A block that raises TimeoutError if it takes too long, like asyncio's timeout."""

    def reschedule(self, when: float | None) -> None:
        """Set another end, in the event loop's time; None: no end."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None: ...


class Timeouts:
    """Makes timeouts, based on the time of the running event loop."""

    def __init__(self) -> None:
        self._watch: _Watch | None = None

    def after(self, seconds: float) -> Timeout:
        """Return a block that times out `seconds` from now."""
        loop = asyncio.get_running_loop()
        if self._watch is None or self._watch.loop is not loop:
            self._watch = _Watch(loop)
        return _Block(self._watch, loop.time() + seconds)


class _Watch:
    """The running blocks of one event loop, and their common timer."""

    __slots__ = ("_timer", "blocks", "loop", "rings_at")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.blocks: set[_Block] = set()
        self.rings_at = math.inf
        """When the timer ends next."""
        self._timer: asyncio.TimerHandle | None = None

    def ring(self, at: float) -> None:
        """Set the timer to the end of a block that ends before all others."""
        if self._timer is not None:
            self._timer.cancel()
        self.rings_at = at
        self._timer = self.loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer, self.rings_at = None, math.inf
        now = self.loop.time()
        for block in [block for block in self.blocks if block.ends_at <= now]:
            self.blocks.discard(block)
            block.end()
        first = min((block.ends_at for block in self.blocks), default=math.inf)
        if math.isfinite(first):
            self.ring(first)


class _Block:
    """Works like `asyncio.Timeout`: cancels the task, and uncancels it at the end."""

    __slots__ = ("_cancelling", "_ended", "_task", "_watch", "ends_at")

    def __init__(self, watch: _Watch, ends_at: float) -> None:
        self.ends_at = ends_at
        self._watch = watch
        self._ended = False
        self._task: asyncio.Task[object] | None = None

    def reschedule(self, when: float | None) -> None:
        self.ends_at = math.inf if when is None else when
        if self._task is not None and not self._ended:
            self._begin()

    def end(self) -> None:
        """Cancel the block, because its time is over."""
        if self._task is not None:
            self._ended = True
            self._task.cancel()

    def _begin(self) -> None:
        watch = self._watch
        watch.blocks.add(self)
        if self.ends_at < watch.rings_at:
            watch.ring(self.ends_at)

    async def __aenter__(self) -> Self:
        task = asyncio.current_task(self._watch.loop)
        if task is None:
            raise RuntimeError("a timeout is for tasks")
        self._task, self._cancelling = task, task.cancelling()
        self._begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if not self._ended:
            self._watch.blocks.discard(self)
            return
        ours = task is not None and task.uncancel() <= self._cancelling
        if ours and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error
