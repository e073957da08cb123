"""What refusals of a token lead to: a newer one, but not for ever."""

from collections.abc import Callable

from proxy.clock import Clock
from proxy.core.tokens.refresh.doubt import Doubt
from proxy.core.tokens.refresh.forcing import Forcing, Verdict


class Refusals:
    """Counts the refreshes that refusals force, and bounds them.

    `rejected` is told when refreshing has proved no cure and is barred for a while.
    """

    def __init__(self, *, clock: Clock, rejected: Callable[[], None]) -> None:
        self._clock = clock
        self._rejected = rejected
        self._forcing = Forcing()
        self._forced_generation = 0
        self._doubt = Doubt()

    def may_force(self, generation: int) -> bool:
        """Decide about one forced refresh, and count it.

        `generation` is what the token that comes of it will have.
        """
        return self._take(generation, doubt=False)

    def may_doubt(self, generation: int, *, age: float) -> bool:
        """Decide about one refresh for a token of this age that may have ended."""
        now = self._clock.mono()
        if not self._doubt.due(now, age=age) or not self._take(generation, doubt=True):
            return False
        self._doubt = self._doubt.doubted(now)
        return True

    def accepted(self, generation: int) -> None:
        """Take note that the upstream accepted a token of this generation."""
        self._doubt = Doubt.accepted(self._clock.mono())
        if generation >= self._forced_generation:
            self._forcing = self._forcing.accepted()

    def _take(self, generation: int, *, doubt: bool) -> bool:
        now = self._clock.mono()
        verdict, self._forcing = self._forcing.take(now, doubt=doubt)
        if verdict is Verdict.REJECTED:
            self._rejected()
        if verdict is Verdict.REFRESH:
            self._forced_generation = generation
        return verdict is Verdict.REFRESH
