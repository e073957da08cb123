"""Ask for the rest of a body that fell silent, while it may still go on by itself.

A line that vanished tells nobody, and players give a body up after some seconds. What
brings bytes first wins: the silent connection or the new one.
"""

import asyncio
from collections.abc import Awaitable, Callable

from proxy.clock import Clock, Timer
from proxy.deadline import for_all
from proxy.errors import HlsAuthProxyError
from proxy.tasks import started
from proxy.upstream.answer import Answer

SILENT_SECONDS = 3
"""Longer than a busy origin pauses; hls.js gives a body up after 10 s without a byte
at the latest."""

MOST_SILENT_SECONDS = 30
"""Then it is given up, whatever its first byte was allowed to take."""

MAX_RESCUES = 10
"""Of one body: one that always pauses as long is left alone from then on."""

_TICK_SECONDS = 1.0


class Rescue:
    """Watches one body by a coarse timer, so that its chunks cost nothing."""

    def __init__(
        self,
        clock: Clock,
        waiting_at: Callable[[], int | None],
        ask: Callable[[int], Awaitable[Answer | None]],
        break_off: Callable[[], None],
    ) -> None:
        """Take what is to be watched.

        `waiting_at` returns how many bytes came, while the player waits for more; None
        while it does not. `ask` asks for what follows so many bytes, and
        returns it when the first of them is there; None if it does not fit.
        `break_off` ends the wait of who reads the body.
        """
        self._clock = clock
        self._waiting_at = waiting_at
        self._ask = ask
        self._break_off = break_off
        self._left = MAX_RESCUES
        self._at: int | None = None
        self._ticks = 0
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None
        self._brought: Answer | None = None

    def start(self) -> None:
        """Watch from now on."""
        self._timer = self._clock.call_later(_TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """Watch no longer, and give up what was asked for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
        if self._brought is not None:
            self._brought.close()

    async def take(self, at: int) -> Answer | None:
        """Return what follows so many bytes, if it was asked for and can be had.

        It is waited for. After a break that nobody expected there is none.
        """
        if self._task is None or at != self._at:
            return None
        await self._task
        brought, self._brought = self._brought, None
        return brought

    def _tick(self) -> None:
        self._timer = self._clock.call_later(_TICK_SECONDS, self._tick)
        at = self._waiting_at()
        if at is None or at != self._at:
            if self._task is None or self._task.done():
                self._at, self._ticks = at, 0
            return
        self._ticks += 1
        if self._ticks == MOST_SILENT_SECONDS:
            self._break_off()
        elif self._ticks == SILENT_SECONDS and self._left:
            self._left -= 1
            with for_all():
                self._task = started(lambda: self._rescue(at), name="rest of a body")

    async def _rescue(self, at: int) -> None:
        try:
            following = await self._ask(at)
        except (HlsAuthProxyError, TimeoutError):
            return  # the silent one may still go on
        if following is None:
            return
        if self._waiting_at() != at:
            following.close()
            return
        self._brought = following
        self._break_off()
