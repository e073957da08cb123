"""When a service may be asked again, for all callers with the same configuration.

Each stream and each member of a family has its own token. But what a service says about
itself applies to all of them: a requested pause, an overload, or no answer at all.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

from proxy.core.tokens.refresh.pace import TRIES_BURST, TRY_SECONDS
from proxy.core.tokens.refresh.refresh_policy import Now, asked_for

STRANGER_SECONDS = 1.0
"""While a service fails, callers that never had a token wait this much longer.
Otherwise requests for unknown ids could block the callers that are playing."""

_NEVER = Now(-math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class ServiceBackoff:
    """The state of a service, shared by all its callers.

    Consecutive failures take from one bucket. So a thousand members try a failing
    service only as often as one stream does.
    """

    failing: bool = False
    """Whether the service has failed since its last good answer."""
    tries: float = TRIES_BURST
    at: float = 0.0
    """Monotonic time at which `tries` was computed."""
    closed: Now = _NEVER
    """The end of the pause that the service asked for, on both clocks: the monotonic
    clock stops while the machine sleeps."""

    def paused(self, now: Now) -> float:
        """Return the seconds left of the pause that the service asked for."""
        if now.wall >= self.closed.wall:
            return 0.0
        return max(0.0, self.closed.mono - now.mono)

    def wait(self, now: Now, *, stranger: bool = False) -> float:
        """Return the seconds until an attempt may start; zero means now.

        A `stranger` is one of several callers that never had a token.
        """
        paused = self.paused(now)
        if not self.failing:
            return paused
        tries = self._moved(now.mono).tries
        wait = max(0.0, (1 - tries) * TRY_SECONDS)
        if stranger and tries < 1 + STRANGER_SECONDS / TRY_SECONDS:
            wait = (1 - tries) * TRY_SECONDS + STRANGER_SECONDS
        # Round to milliseconds, so that a rounding error causes no wait.
        return max(paused, round(wait, 3))

    def started(self, mono: float) -> Self:
        """Return what is left after an attempt has started."""
        return self._taken(mono) if self.failing else self

    def answered(self) -> Self:
        """Return the state after an answer, even if it refused one member.

        A pause that the service asked for stays in force.
        """
        return type(self)(closed=self.closed)

    def failed(
        self, now: Now, *, counted: bool, retry_after: float | None = None
    ) -> Self:
        """Return the state after the service failed.

        `counted` means that the attempt already took from the bucket when it started.
        """
        left = self if counted else self._taken(now.mono)
        closed = left.closed
        if retry_after is not None and retry_after > 0:
            wait = asked_for(retry_after)
            closed = Now(
                max(closed.wall, now.wall + wait), max(closed.mono, now.mono + wait)
            )
        return replace(left, failing=True, closed=closed)

    def _taken(self, mono: float) -> Self:
        moved = self._moved(mono)
        return replace(moved, tries=max(0.0, moved.tries - 1))

    def _moved(self, mono: float) -> Self:
        passed = max(0.0, mono - self.at)
        tries = min(TRIES_BURST, self.tries + passed / TRY_SECONDS)
        return replace(self, tries=tries, at=max(mono, self.at))
