"""How long a request may wait while there is no usable token."""

from dataclasses import dataclass

from proxy.core.tokens.refresh.refresh_policy import Retry

HOLD_SECONDS = 8.0
"""Players give up after 8 to 10 s without a first byte."""

HELD_ATTEMPT_SECONDS = 1.0
"""The interval between attempts while requests are held; they do not wait for the
backoff."""

FLIGHT_SECONDS = 2.0
"""How long requests wait for a running attempt, counted from its start, once the hold
is over. So an attempt that hangs delays only the first requests, not every new one."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One request that found the token unusable. Times are monotonic."""

    noticed: float
    """When the keeper first saw that the token is unusable."""
    arrived: float
    """When the request arrived."""

    def patience(
        self,
        mono: float,
        *,
        flying: bool,
        retry: Retry,
        started: float,
        pace: float = 0.0,
    ) -> float | None:
        """Return how many seconds to wait now; None means give up.

        If an attempt is running (`flying`), wait up to that long for its end. Otherwise
        wait that long and start an attempt; zero means at once. `started` is when the
        last attempt began. `pace` is the seconds for which no attempt may start at all.
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
