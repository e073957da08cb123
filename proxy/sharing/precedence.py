"""Lets the first segment of a player come before the second.

Some players, such as FFmpeg, request two segments at once, and need the first one to
begin. On a slow line the second one would take half of the line from it.
"""

import contextlib
from collections.abc import Callable

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.kind import Kind
from proxy.sharing.fill_orders import Order
from proxy.sharing.nearly import Nearly

HOLD_SECONDS = 1.0
"""How long the second segment waits. On a line with losses, two connections together
are faster than one, so this is short."""

_MOST_RUNS = 256


class Precedence:
    """Knows which segments are the first and the second in a row."""

    def __init__(self) -> None:
        # By run: the number of the last segment that was begun, and the first segment
        # in the row if it is that one.
        self._last: LRUCache[str, tuple[int, Nearly | None]] = LRUCache(_MOST_RUNS)

    def begun(self, order: Order, nearly: Nearly) -> Nearly | None:
        """Record a segment that is begun; return the one that it must let pass."""
        if order.kind is not Kind.SEGMENT:
            return None
        number = order.key.number
        last, first = self._last.get(order.key.run, (number, None))
        follows = number == last + 1
        self._last[order.key.run] = number, None if follows else nearly
        return first if follows else None


async def let_pass(first: Nearly, pause: Callable[[], None], clock: Clock) -> None:
    """Wait until the first segment is nearly complete, for at most `HOLD_SECONDS`.

    `pause` makes the upstream send nothing more of the second one meanwhile.
    """
    if first.is_set:
        return
    pause()
    with contextlib.suppress(TimeoutError):
        async with clock.timeout(HOLD_SECONDS):
            await first.wait()
