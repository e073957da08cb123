"""Waits while another process fetches the same resource.

Players of several worker processes request a new segment at about the same time. The
first process to ask has the turn; see `store.port.Store.take_turn`. The others wait
until it has the whole resource, and use that. They wait only briefly: a player that
waits for its first byte gains nothing if the other process is slow, too.
"""

from collections.abc import Awaitable, Callable

from cachetools import TTLCache

from proxy.clock import Clock
from proxy.core.kind import Kind
from proxy.sharing.fill_orders import Found, Order
from proxy.store.key import Key
from proxy.store.port import Kept, Store, Turn

WAIT_SECONDS = 1.0
"""How long to wait for the other process."""

LOOK_SECONDS = 0.02
"""How often to look whether it has finished."""

VAIN_SECONDS = 30.0
"""How long not to wait for the siblings of a resource after a wait was in vain."""

_MOST_VAIN = 1000
# The upstream holds a part until it exists, and players want it while it comes.
_WAITED_FOR = frozenset({Kind.SEGMENT, Kind.MAP})


class Turns:
    """The turns of one stream."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._held: dict[Key, Turn] = {}
        # By run and kind. If one segment is slow, the next ones probably are as well.
        self._vain: TTLCache[object, None] = TTLCache(
            _MOST_VAIN, VAIN_SECONDS, timer=clock.mono
        )

    async def run(
        self,
        order: Order,
        fetch: Callable[[], Awaitable[None]],
        found: Callable[[Found], None],
    ) -> None:
        """Fetch a resource when it is our turn, unless another process has done it."""
        turn = await self.take(order)
        if isinstance(turn, Found):
            found(turn)
            return
        if turn is not None:
            self._held[order.key] = turn
        try:
            await fetch()
        finally:
            if turn is not None:
                turn.end()
                self.end(order.key)

    def end(self, key: Key) -> None:
        """End a turn at once: the resource is kept, or will not be, or is stalled."""
        turn = self._held.pop(key, None)
        if turn is not None:
            turn.end()

    async def take(self, order: Order) -> Turn | Found | None:
        """Return the turn to fetch a resource, or the resource if it has come.

        Returns None if the resource should be fetched without a turn.
        """
        key, store = order.key, self._store
        if not store.is_shared or order.kind not in _WAITED_FOR:
            return None
        if order.stale is not None or order.again:
            return None
        turn, until = store.take_turn(key), self._clock.mono() + WAIT_SECONDS
        siblings, waited = (key.run, order.kind), False
        if turn is None and siblings in self._vain:
            return None
        while turn is None and self._clock.mono() < until:
            await self._clock.sleep(LOOK_SECONDS)
            turn, waited = store.take_turn(key), True
        # The other process may have finished before this one had the turn.
        kept = store.find(key)
        if kept is not None and self._is_fresh(kept):
            if turn is not None:
                turn.end()
            return Found(kept)
        if waited:
            self._vain[siblings] = None
        return turn

    def _is_fresh(self, kept: Kept) -> bool:
        return self._clock.wall() - kept.head.born_at < kept.head.fresh_seconds
