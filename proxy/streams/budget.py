"""How many names presentations may know together; those that nobody plays give way.

A presentation is *played* when a player was answered with something below its entry:
anybody can ask for an entry with a value that he has made up. It is *idle* when no
player has asked it anything for five minutes.

Where there is no room, those go that were not played, the one asked least recently
before the others, then those that are idle. What is played stays: its catalog shrinks
by its own rule to what the others leave, or to an equal part if that is more.
"""

from collections import OrderedDict
from collections.abc import Callable
from itertools import chain, takewhile

from proxy.clock import Clock, Timer
from proxy.localise.room import Allowed

IDLE_SECONDS = 300.0
"""For how long nobody has asked what gives way to others. Players that do not pause
ask at least once a segment."""
FORGOTTEN_SECONDS = 600.0
"""For how long nobody has asked what goes although there is room."""
_LOOK_SECONDS = 60.0


class Share:
    """What one presentation takes of the budget of its stream, and of the program's."""

    def __init__(
        self, *budgets: "Budget", left: Callable[[], None], lasting: bool = False
    ) -> None:
        """Begin with no names; `left` is told when it had to give way.

        A `lasting` one only goes where its room is needed. The first budget is that in
        which it has an equal part for itself.
        """
        self.lasting = lasting
        self.names = 0
        self.played = False
        self.asked_at = 0.0
        self.under_way = 0
        """Requests that wait for their answer to begin: it does not go meanwhile."""
        self._budgets = budgets
        self._limit = budgets[0].limit
        self._left = left
        for budget in budgets:
            budget.enter(self)

    def __enter__(self) -> None:
        """Take note of a player's request."""
        self.under_way += 1
        self._moved()

    def __exit__(self, *_: object) -> None:
        """Take note that it is answered."""
        self.under_way -= 1

    @property
    def over(self) -> bool:
        """Whether it counts no more."""
        return not self._budgets

    def play(self) -> None:
        """Take in that a player was answered with something below the entry."""
        for budget in self._budgets:
            budget.leave(self)
        self.played = True
        for budget in self._budgets:
            budget.enter(self)

    def takes(self, names: int) -> Allowed:
        """Take in how many names the catalog has; let others give way if it must be."""
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
        """Leave the budgets, and tell."""
        left = self._left
        self.leave()
        left()

    def leave(self) -> None:
        """Count no more: the presentation is over, but for requests under way."""
        for budget in self._budgets:
            budget.leave(self)
        self._budgets = ()
        self._left = _nothing

    def _moved(self) -> None:
        for budget in self._budgets:
            budget.asked(self)


class Budget:
    """A number of names for several presentations, in the order of their last use."""

    def __init__(
        self,
        limit: int,
        *,
        clock: Clock,
        full: Callable[[int], None] = lambda _: None,
        forgets: bool = False,
    ) -> None:
        """`full` is told the limit once, when nothing is left to go.

        One that `forgets` lets go too what nobody has asked for a long time.
        """
        self.limit = limit
        self.names = 0
        self._clock = clock
        self._full = full
        self._told = False
        self._forgets = forgets
        self._timer: Timer | None = None
        # The least recently asked first. Not played, and played.
        self._opened: OrderedDict[Share, None] = OrderedDict()
        self._played: OrderedDict[Share, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._opened) + len(self._played)

    def resize(self, limit: int) -> None:
        """Let so many be known from now on."""
        if limit != self.limit:
            self.limit, self._told = limit, False

    def enter(self, share: Share) -> None:
        """Count a share in, as the one that was asked last."""
        share.asked_at = self._clock.mono()
        (self._played if share.played else self._opened)[share] = None
        self.names += share.names
        if self._forgets and not share.lasting:
            self._look_later()

    def leave(self, share: Share) -> None:
        """Count a share no more."""
        del (self._played if share.played else self._opened)[share]
        self.names -= share.names

    def asked(self, share: Share) -> None:
        """Take in that a player asks."""
        share.asked_at = self._clock.mono()
        (self._played if share.played else self._opened).move_to_end(share)

    def next_to_go(self, *but: Share) -> Share | None:
        """Return which goes first where there is no room, of all but some.

        None where all are played, or under way.
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
        """Return how long it takes until one of those that are played may be idle."""
        first = next(iter(self._played), None)
        at = self._clock.mono() if first is None else first.asked_at + IDLE_SECONDS
        return max(0.0, at - self._clock.mono())

    def make_room(self, share: Share) -> None:
        """Let others go that are not played, while all have too many names."""
        while self.names > self.limit:
            going = self.next_to_go(share)
            if going is None:
                break
            going.give_way()
        if self.names > self.limit and not self._told:
            self._told = True
            self._full(self.limit)

    def left_for(self, share: Share) -> int:
        """Return how many names one may have: what is left, or an equal part."""
        others = self.names - share.names
        return max(self.limit - others, self.limit // len(self))

    def _look_later(self) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(_LOOK_SECONDS, self._forget)

    def _forget(self) -> None:
        """Let go what nobody has asked for a long time."""
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
    """Tell nobody: it has left before."""
