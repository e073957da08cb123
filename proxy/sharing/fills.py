"""The resources of one stream that are being fetched for all (fills), and their tasks.

When all players have left a fill, it goes on only if it is worth finishing: for
example, if it is nearly complete.
"""

import asyncio
from functools import partial

from cachetools import LRUCache, TTLCache

from proxy.clock import Clock, Timer
from proxy.core.kind import Kind
from proxy.deadline import for_all
from proxy.sharing.fill import Fill
from proxy.sharing.fill_orders import Open, Order
from proxy.sharing.keeping import Unshared
from proxy.sharing.precedence import Precedence
from proxy.sharing.store_counts import StoreCounts
from proxy.sharing.turns import Turns
from proxy.sharing.unrequested import Unasked
from proxy.store.key import Key
from proxy.store.port import Store
from proxy.tasks import started

UNSHARED_SECONDS = 10.0
"""How long it is remembered that a resource is not shared. During this time, players
that request it do not wait for each other."""

FINISHING_SECONDS = 10.0
"""How long a fill may go on after all players have left."""

_MOST_UNSHARED = 10_000
_MOST_AHEAD = 2
_SHARED = frozenset({"kept", "shared"})


class Fills:
    """The fills of one stream. Close it when the stream is closed."""

    def __init__(
        self,
        store: Store,
        *,
        trusted: bool = False,
        counts: StoreCounts | None = None,
        clock: Clock,
    ) -> None:
        """`trusted` means that media is kept whatever its upstream says."""
        self.store = store
        self.counts = StoreCounts() if counts is None else counts
        self.unasked = Unasked()
        """Resources that were fetched ahead and not requested yet."""
        self.turns = asyncio.Semaphore(_MOST_AHEAD)
        """Limits how many resources are fetched ahead at the same time."""
        self._trusted = trusted
        self._turns = Turns(store, clock=clock)
        self._clock = clock
        self._running: dict[Key, Fill] = {}
        self._tasks: dict[Fill, asyncio.Task[None]] = {}
        self._timers: dict[Fill, Timer] = {}
        self._unshared: TTLCache[object, Unshared] = TTLCache(
            _MOST_UNSHARED, UNSHARED_SECONDS, timer=clock.mono
        )
        # By run and kind: the path that was found not shareable. The entry is removed
        # when another resource of that run and kind is shared.
        self._refused: LRUCache[object, str] = LRUCache(_MOST_UNSHARED)
        self._precedence = Precedence()

    def running(self, key: Key) -> Fill | None:
        """Return the fill of a key that is still open for players; else None."""
        return self._running.get(key)

    def joinable(self, key: Key) -> Fill | None:
        """Return the fill of a key that a player may join; None if there is none.

        A silent fill that was begun ahead is given up, unless a player has some of its
        bytes. A new request is better, because it is repeated until the connection
        works again. A stalled fill is not joined either, but its present followers
        continue.
        """
        fill = self._running.get(key)
        if fill is None:
            return None
        unread = not fill.has_head or key in self.unasked
        if fill.order.ahead and unread and not fill.seconds_to_silence:
            self._give_up(fill)
            return None
        if not fill.is_stalled:
            return fill
        if fill.users:
            self._close(fill, None)
        else:
            self._give_up(fill)
        return None

    def unshared(self, key: Key, kind: Kind) -> Unshared | None:
        """Return why a resource is not shared, if that was found out recently."""
        return self._unshared.get(key) or self._unshared.get((key.run, kind))

    def begin(self, order: Order, ask: Open) -> Fill:
        """Begin to fetch a resource; see `Fill`."""

        def closed(unshared: Unshared | None) -> None:
            self._close(fill, unshared)

        fill = Fill(
            order,
            ask,
            store=self.store,
            turns=self._turns,
            trusted=self._trusted,
            clock=self._clock,
            unshare=closed,
        )
        before = self._precedence.begun(order, fill.nearly)
        fill.after = None if order.ahead else before
        self._running[order.key] = fill
        self.unasked.take(order.key)  # an earlier copy was dropped from the store
        if order.ahead:
            self.unasked.add(order.key)
            self.counts.fetched_ahead += 1
        self.counts.filling += 1
        with for_all():
            task = self._tasks[fill] = started(fill.run, name="fill")
        task.add_done_callback(partial(self._ended, fill))
        return fill

    def join(self, fill: Fill, *, first: bool) -> bool:
        """Add a player to a fill. `first` says whether this player began it.

        Return whether it is the first player. This is also True for the first player of
        a fill that was begun ahead.
        """
        self.enter(fill)
        self.counts.following += 1
        if not first and self.unasked.take(fill.order.key):
            self.counts.ahead += 1
            return True
        self.counts.misses += first
        self.counts.joins += not first
        return first

    def enter(self, fill: Fill) -> None:
        """Add a user that is not a player, so the fill goes on; end with `release`."""
        fill.users += 1
        if (timer := self._timers.pop(fill, None)) is not None:
            timer.cancel()

    def leave(self, fill: Fill, taken: int, *, first: bool) -> None:
        """Remove a player that took this many bytes.

        After the last user has left, the fill goes on only if it is worth finishing.
        """
        self.counts.following -= 1
        if not first:
            self.counts.saved_bytes += taken
        self.release(fill)

    def release(self, fill: Fill) -> None:
        """Remove a user of a fill."""
        fill.leave()
        if fill.users or fill not in self._tasks:
            return
        if fill.is_worth_finishing:
            give_up = partial(self._give_up, fill)
            self._timers[fill] = self._clock.call_later(FINISHING_SECONDS, give_up)
        elif not fill.is_handed:
            self._give_up(fill)

    async def calm(self) -> None:
        """Wait until no fill is running that a player has requested.

        A fill that is nearly complete does not count. Parts do not count either: the
        upstream holds them until they exist.
        """
        while True:
            if busy := next(filter(self._urges, self._tasks), None):
                await busy.nearly.wait()
                continue
            ending = [task for one, task in self._tasks.items() if one.nearly.is_set]
            if len(ending) < _MOST_AHEAD:
                return
            # Their connections are soon free. A new one would take longer.
            await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Cancel all fills. Their followers get an error."""
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _urges(self, fill: Fill) -> bool:
        if not fill.users or fill.nearly.is_set or fill.order.kind is Kind.PART:
            return False
        return fill.order.key not in self.unasked

    def _give_up(self, fill: Fill) -> None:
        # The task may still run for a moment. Players must not join it meanwhile.
        self._close(fill, None)
        self._tasks[fill].cancel()

    def _close(self, fill: Fill, unshared: Unshared | None) -> None:
        key = fill.order.key
        if self._running.get(key) is fill:
            del self._running[key]
            self._turns.end(key)
        if unshared is not None:
            self._unshared[key] = unshared
            if unshared.lasting:
                self._refuse(key, fill.order.kind, unshared)

    def _refuse(self, key: Key, kind: Kind, unshared: Unshared) -> None:
        """Remember the siblings as not shared too, if two in a row were refused.

        One refused resource alone may be an advertisement among shared segments.
        """
        siblings = key.run, kind
        if self._refused.setdefault(siblings, key.path) != key.path:
            self._unshared[siblings] = unshared

    def _ended(self, fill: Fill, task: asyncio.Task[None]) -> None:
        del self._tasks[fill]
        fill.nearly.end()
        if (timer := self._timers.pop(fill, None)) is not None:
            timer.cancel()
        counts = self.counts
        counts.filling -= 1
        if fill.outcome in _SHARED:
            self._refused.pop((fill.order.key.run, fill.order.kind), None)
        if task.cancelled():
            counts.abandoned += 1
        elif fill.outcome == "kept":
            counts.kept += 1
        elif fill.outcome == "failed":
            counts.failed += 1
        elif fill.outcome == "shared":
            counts.unkept += 1
