"""What is done about a token without anybody asking for it.

The clocks are compared on every tick and on every request, so that a suspend or a step
of the clock is seen by whichever comes first. The same goes for the files behind a
source: the keeper of a family's member has no ticks.
"""

import math

from proxy.clock import Clock
from proxy.core.tokens.freshness import Phase, jumped, tick
from proxy.core.tokens.refresh_policy import WATCH_SECONDS, Moment, Retry
from proxy.tokens.attempts import Attempts
from proxy.tokens.report import Outcome
from proxy.tokens.waiting import within

LEAST_PAUSE_SECONDS = 0.01
"""More than epoch seconds in a float resolve: the loop never turns on the spot."""


class Upkeep:
    """Looks after the token: starts the attempts that are due."""

    def __init__(self, attempts: Attempts, *, clock: Clock) -> None:
        self.noticed = math.inf
        """Since when there is no usable token, on the monotonic clock."""
        self._attempts = attempts
        self._clock = clock
        self._offset = clock.wall() - clock.mono()
        self._files_due = -math.inf

    async def run(self) -> None:
        """Keep the token fresh until cancelled."""
        while True:
            self.look()
            end = self._attempts.next_end()
            await within(self._clock, self._pause(), end)

    def look(self) -> Phase:
        """Compare the clocks, start what is due, return the token's phase.

        Every 5 s this looks at the files behind the source as well.
        """
        now = self._attempts.now()
        self._compare_clocks(now)
        phase = self._attempts.phase(now)
        unusable = phase is Phase.UNUSABLE
        self.noticed = min(self.noticed, now.mono) if unusable else math.inf
        if not self._attempts.flying and self._attempts.due_in(now) <= 0:
            self._attempts.start()
        self._look_at_files()
        return phase

    def _compare_clocks(self, now: Moment) -> None:
        before, self._offset = self._offset, now.wall - now.mono
        if jumped(before, self._offset):
            # What was to be waited for may long be over.
            self._attempts.retry = Retry()
            self.noticed = math.inf
            self._attempts.tell(Outcome.CLOCK_JUMPED)

    def _look_at_files(self) -> None:
        mono = self._clock.mono()
        if self._attempts.watched and mono >= self._files_due:
            self._files_due = mono + WATCH_SECONDS
            if self._attempts.files_changed():
                self._attempts.start(replace=True)

    def _pause(self) -> float:
        """Return the seconds until the next look."""
        now, life = self._attempts.now(), self._attempts.life
        waits = [tick(life.lifetime if life else 0.0)]
        if not self._attempts.flying:
            waits.append(self._attempts.due_in(now))
        if self._attempts.watched:
            waits.append(self._files_due - now.mono)
        if life is not None and life.unusable > now.wall:
            waits.append(life.unusable - now.wall)
        return max(LEAST_PAUSE_SECONDS, min(waits))
