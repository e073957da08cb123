"""When a service may be asked again, for all that ask it with one configuration.

A stream has a token of its own, and each member of a family. What a service says about
itself counts for all of them: come back in a minute; I am overloaded; no answer at all.
"""

import math
from dataclasses import dataclass, replace
from typing import Self

from proxy.core.tokens.refresh.pace import TRIES_BURST, TRY_SECONDS
from proxy.core.tokens.refresh.refresh_policy import Now, asked_for

STRANGER_SECONDS = 1.0
"""How much later than the others those may ask that never had a token, while a service
fails. Otherwise ids that nobody knows could keep out those who play."""

_NEVER = Now(-math.inf, -math.inf)


@dataclass(frozen=True, slots=True)
class ServiceBackoff:
    """How a service stands with those who ask it.

    Failures in a row take from one bucket, so that a thousand members try a service
    that fails as seldom as one stream does.
    """

    failing: bool = False
    """Whether the service has failed since it last answered well."""
    tries: float = TRIES_BURST
    at: float = 0.0
    """Monotonic time of `tries`."""
    closed: Now = _NEVER
    """Until when the service asked for a pause, on both clocks: the monotonic one
    stands still while the machine sleeps."""

    def paused(self, now: Now) -> float:
        """Return the seconds that are left of the pause that the service asked for."""
        if now.wall >= self.closed.wall:
            return 0.0
        return max(0.0, self.closed.mono - now.mono)

    def wait(self, now: Now, *, stranger: bool = False) -> float:
        """Return the seconds until an attempt may start; zero means now.

        A `stranger` is one of several that never had a token.
        """
        paused = self.paused(now)
        if not self.failing:
            return paused
        tries = self._moved(now.mono).tries
        wait = max(0.0, (1 - tries) * TRY_SECONDS)
        if stranger and tries < 1 + STRANGER_SECONDS / TRY_SECONDS:
            wait = (1 - tries) * TRY_SECONDS + STRANGER_SECONDS
        # To the millisecond: what rounding leaves over is nothing to wait for.
        return max(paused, round(wait, 3))

    def started(self, mono: float) -> Self:
        """Return what is left once an attempt has started."""
        return self._taken(mono) if self.failing else self

    def answered(self) -> Self:
        """Return what holds once the service answered, be it with a no to one member.

        A pause that it asked for stands.
        """
        return type(self)(closed=self.closed)

    def failed(
        self, now: Now, *, counted: bool, retry_after: float | None = None
    ) -> Self:
        """Return what holds once the service failed.

        `counted` says that the attempt took from the bucket when it started.
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
