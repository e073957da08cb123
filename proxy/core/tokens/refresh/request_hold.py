"""How long a request may wait when there is no token that may be used."""

from dataclasses import dataclass

from proxy.core.tokens.refresh.refresh_policy import Retry

HOLD_SECONDS = 8.0
"""Players give up after 8 to 10 s without a first byte."""

HELD_ATTEMPT_SECONDS = 1.0
"""Attempts start so far apart while requests are held; they do not wait for the
backoff."""

FLIGHT_SECONDS = 2.0
"""How long requests wait for an attempt, counted from its start, when there is no hope
left: so one that hangs is waited for once, and not by each request anew."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One request that found the token unusable. Times are monotonic."""

    noticed: float
    """When the keeper first saw that the token is unusable."""
    arrived: float
    """When the request came."""

    def patience(
        self,
        mono: float,
        *,
        flying: bool,
        retry: Retry,
        started: float,
        pace: float = 0.0,
    ) -> float | None:
        """Return for how many seconds to wait now; `None` is to give up.

        While an attempt is `flying`, wait that long for its end. Otherwise wait that
        long and start one: zero means at once. `started` is when the last one began,
        `pace` the seconds for which none may start at all.
        """
        end = self.noticed + HOLD_SECONDS
        if flying:
            late = min(started + FLIGHT_SECONDS, self.arrived + HOLD_SECONDS)
            left = max(end, late) - mono
            return left if left > 0 else None
        start = retry.at if retry.firm else started + HELD_ATTEMPT_SECONDS
        start = max(start, mono + pace)
        if max(start, mono) >= end:
            return None
        return max(0.0, start - mono)
