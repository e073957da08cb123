"""Limits how many names all presentations hold; presentations not in use are dropped.

A presentation is *played* once a player got something below its entry. The entry alone
does not count, because anybody can request it with an invented value. A presentation is
*idle* if it got no request for five minutes.

If there is no room, presentations that were not played are dropped first, starting with
the least recently requested. Idle ones are dropped next. Presentations in use stay.
Their catalogs shrink, by their own rule, to what the others leave, or to an equal
share if that is more.
"""

from collections import OrderedDict
from collections.abc import Callable
from itertools import chain, takewhile

from proxy.clock import Clock, Timer
from proxy.localise.name_quota import Allowed

IDLE_SECONDS = 300.0
"""After this long without a request, a presentation may be dropped to make room.
Players that are not paused send at least one request per segment."""
FORGOTTEN_SECONDS = 600.0
"""After this long without a request, a presentation is dropped in any case."""
_LOOK_SECONDS = 60.0


class Share:
    """One presentation's share of the budgets of its stream and of the program."""

    def __init__(
        self, *budgets: "Budget", left: Callable[[], None], lasting: bool = False
    ) -> None:
        """Start with no names; `left` is called when the share is dropped.

        A `lasting` share is dropped only if its room is needed. In the first budget
        the share is always entitled to an equal part.
        """
        self.lasting = lasting
        self.names = 0
        self.played = False
        self.asked_at = 0.0
        self.under_way = 0
        """Requests still waiting for a response; the share is not dropped meanwhile."""
        self._budgets = budgets
        self._limit = budgets[0].limit
        self._left = left
        for budget in budgets:
            budget.enter(self)

    def __enter__(self) -> None:
        """Record the start of a player's request."""
        self.under_way += 1
        self._moved()

    def __exit__(self, *_: object) -> None:
        """Record that the request was answered."""
        self.under_way -= 1

    @property
    def over(self) -> bool:
        """Whether the share is no longer counted in any budget."""
        return not self._budgets

    def play(self) -> None:
        """Record that a player got something below the entry."""
        for budget in self._budgets:
            budget.leave(self)
        self.played = True
        for budget in self._budgets:
            budget.enter(self)

    def takes(self, names: int) -> Allowed:
        """Record how many names the catalog has, and drop others if room is needed.

        Return how many names the catalog may have.
        """
        for budget in self._budgets:
            budget.names += names - self.names
        self.names = names
        for budget in self._budgets:
            budget.make_room(self)
        left = [budget.left_for(self) for budget in self._budgets]
        return (
            Allowed(left[0], min(left)) if left else Allowed(self._limit, self._limit)
        )

    def give_way(self) -> None:
        """Leave the budgets, and call the `left` callback."""
        left = self._left
        self.leave()
        left()

    def leave(self) -> None:
        """Leave the budgets: the presentation only finishes its current requests."""
        for budget in self._budgets:
            budget.leave(self)
        self._budgets = ()
        self._left = _nothing

    def _moved(self) -> None:
        for budget in self._budgets:
            budget.asked(self)


class Budget:
    """A limit on names for several presentations, kept in order of last use."""

    def __init__(
        self,
        limit: int,
        *,
        clock: Clock,
        full: Callable[[int], None] = lambda _: None,
        forgets: bool = False,
    ) -> None:
        """`full` is called once, with the limit, when nothing is left to drop.

        If `forgets`, the budget also drops shares that got no request for a long time.
        """
        self.limit = limit
        self.names = 0
        self._clock = clock
        self._full = full
        self._told = False
        self._forgets = forgets
        self._timer: Timer | None = None
        # Shares that were not played, and those that were. Least recently used first.
        self._opened: OrderedDict[Share, None] = OrderedDict()
        self._played: OrderedDict[Share, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._opened) + len(self._played)

    def resize(self, limit: int) -> None:
        """Change the limit."""
        if limit != self.limit:
            self.limit, self._told = limit, False

    def enter(self, share: Share) -> None:
        """Add a share, as the most recently requested one."""
        share.asked_at = self._clock.mono()
        (self._played if share.played else self._opened)[share] = None
        self.names += share.names
        if self._forgets and not share.lasting:
            self._look_later()

    def leave(self, share: Share) -> None:
        """Remove a share."""
        del (self._played if share.played else self._opened)[share]
        self.names -= share.names

    def asked(self, share: Share) -> None:
        """Record a player's request."""
        share.asked_at = self._clock.mono()
        (self._played if share.played else self._opened).move_to_end(share)

    def next_to_go(self, *but: Share) -> Share | None:
        """Return the share to drop next, excluding `but`.

        Returns None if all shares are being played or have requests in progress.
        """
        idle_since = self._clock.mono() - IDLE_SECONDS
        idle = takewhile(lambda share: share.asked_at <= idle_since, self._played)
        going = (
            share
            for share in chain(self._opened, idle)
            if share not in but and not share.under_way
        )
        return next(going, None)

    def seconds_to_wait(self) -> float:
        """Return the seconds until a played share may become idle."""
        first = next(iter(self._played), None)
        at = self._clock.mono() if first is None else first.asked_at + IDLE_SECONDS
        return max(0.0, at - self._clock.mono())

    def make_room(self, share: Share) -> None:
        """Drop other shares that are not in use until the names fit the limit."""
        while self.names > self.limit:
            going = self.next_to_go(share)
            if going is None:
                break
            going.give_way()
        if self.names > self.limit and not self._told:
            self._told = True
            self._full(self.limit)

    def left_for(self, share: Share) -> int:
        """Return how many names a share may have: what is left, or an equal part."""
        others = self.names - share.names
        return max(self.limit - others, self.limit // len(self))

    def _look_later(self) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(_LOOK_SECONDS, self._forget)

    def _forget(self) -> None:
        """Drop shares that got no request for a long time."""
        self._timer = None
        since = self._clock.mono() - FORGOTTEN_SECONDS
        for shares in (self._opened, self._played):
            old = list(takewhile(lambda share: share.asked_at <= since, shares))
            for share in old:
                if not (share.lasting or share.under_way):
                    share.give_way()
        if not all(share.lasting for share in chain(self._opened, self._played)):
            self._look_later()


def _nothing() -> None:
    """Do nothing, because the share has already left."""
