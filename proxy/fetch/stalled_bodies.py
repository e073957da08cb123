"""Requests the rest of a body that stopped coming, while it may still continue.

A lost connection gives no sign, and players give up a body after some seconds. The
first connection to bring bytes wins: the silent one or the new one.
"""

import asyncio
from collections.abc import Awaitable, Callable

from proxy.clock import Clock, Timer
from proxy.deadline import for_all
from proxy.errors import HlsAuthProxyError
from proxy.tasks import started
from proxy.upstream.answer import Answer

SILENT_SECONDS = 3
"""Longer than the pauses of a busy origin. hls.js gives a body up after at most 10 s
without a byte."""

MOST_SILENT_SECONDS = 30
"""After this time the body is given up, however long its first byte was allowed to
take."""

MAX_RESCUES = 10
"""The most rescues of one body. A body that pauses more often is no longer rescued."""

_TICK_SECONDS = 1.0


class Rescue:
    """Watches one body with a coarse timer, so that there is no cost per chunk."""

    def __init__(
        self,
        clock: Clock,
        waiting_at: Callable[[], int | None],
        ask: Callable[[int], Awaitable[Answer | None]],
        break_off: Callable[[], None],
    ) -> None:
        """Take the functions to watch and to rescue the body.

        `waiting_at` returns how many bytes came, if the player waits for more, else
        None. `ask` requests what follows that many bytes. It returns the answer when
        its first byte came, or None if it does not fit. `break_off` ends the wait of
        the body's reader.
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
        """Start watching."""
        self._timer = self._clock.call_later(_TICK_SECONDS, self._tick)

    def stop(self) -> None:
        """Stop watching, and drop what was requested."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
        if self._brought is not None:
            self._brought.close()

    async def take(self, at: int) -> Answer | None:
        """Return the answer that follows `at` bytes, waiting for it if requested.

        Returns None if it was not requested, as after a sudden break, or did not come.
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
            return  # the silent connection may still continue
        if following is None:
            return
        if self._waiting_at() != at:
            following.close()
            return
        self._brought = following
        self._break_off()
