"""When to request a token again after a success or a failure.

The delays in this module are on the monotonic clock; only the points of a token's life
are wall time. A jump of the clocks cancels the delays.
"""

import math
from dataclasses import dataclass
from typing import Self

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.values import value

ATTEMPT_SECONDS = 10.0
"""The timeout of an attempt. A token service answers in milliseconds or not at all."""

BACKOFF_BASE_SECONDS = 0.5
"""The first delay is drawn below this; each failure doubles the bound."""

SOFT_CAP_SECONDS = 30.0
"""The upper bound of drawn delays while the token is still valid long enough."""

HARD_CAP_SECONDS = 5.0
"""The upper bound when the token is about to expire, so that recovery is quick once the
service is back."""

RETRY_AFTER_LEAST_SECONDS, RETRY_AFTER_CAP_SECONDS = 1.0, 300.0
"""The shortest and the longest wait that a token service may ask for. A time in the
past asks for no wait."""

BREAKER_FAILURES = 5
"""After this many failures in a row the service is probed instead of retried."""

PROBE_SECONDS, PROBE_SPREAD = 30.0, 0.2
"""Seconds between probes, and the fraction by which each is varied at random."""

HOPELESS_LEAST_SECONDS, HOPELESS_MOST_SECONDS = 30.0, 60.0
"""The wait after an error that no retry can fix, such as a revoked grant or a wrong
key."""

NO_PROGRESS_LEAST_SECONDS, NO_PROGRESS_FRACTION = 30.0, 1 / 20
"""The wait after a token that expires no later than the one before. Some services
return the same token until shortly before its expiry (google-auth PR #581)."""

LATE_FRACTION = 1 / 4
"""The same wait when the next token is needed urgently, as a fraction of the validity
of a token that becomes valid late. Such tokens have times in whole seconds, so two that
were issued within one second expire together."""

WATCH_SECONDS, URGENT_WATCH_SECONDS = 5.0, 1.0
"""How often the files behind a source are checked, normally and while there is no
usable token. A new key is used within 6 s, and a fix for an outage within 2 s."""


@value
class Now:
    """Both clocks, read at the same moment."""

    wall: float
    mono: float


@dataclass(frozen=True, slots=True)
class Retry:
    """What past attempts mean for the next one."""

    failures: int = 0
    at: float = -math.inf
    """Monotonic time before which no attempt starts by itself."""
    firm: bool = False
    """Whether a held request also has to wait for `at`, because the service asked for
    it or because asking sooner would not help."""

    def failed(
        self,
        life: Life | None,
        now: Now,
        *,
        draw: float,
        recoverable: bool = True,
        retry_after: float | None = None,
        useless: bool = False,
    ) -> Self:
        """Return the state after a failure; `draw` in [0, 1) spreads the delay.

        `useless` means that the service answered, but without a token.
        """
        failures, firm = self.failures + 1, True
        if not recoverable:
            spread = HOPELESS_MOST_SECONDS - HOPELESS_LEAST_SECONDS
            delay = HOPELESS_LEAST_SECONDS + spread * draw
            delay = max(delay, asked_for(retry_after or 0.0))
        elif retry_after is not None and retry_after > 0:
            delay = asked_for(retry_after)
            delay = _until(delay, life.unusable - life.ahead if life else None, now)
        else:
            hard = life is None or now.wall >= life.urgent
            delay = backoff(failures, hard=hard, draw=draw)
            delay, firm = _until(delay, life.urgent if life else None, now), useless
        return type(self)(failures, now.mono + delay, firm)

    @classmethod
    def after_token(cls, life: Life, now: Now, *, progress: bool) -> Self:
        """Return the state after a token was received; `life` is the kept token's."""
        if progress:
            return cls()
        if now.wall >= life.urgent:
            # If a token becomes valid late and lives for seconds, the next attempt must
            # be within them.
            soon = life.valid * LATE_FRACTION if life.ahead else HARD_CAP_SECONDS
            return cls(at=now.mono + min(soon, HARD_CAP_SECONDS))
        pause = max(NO_PROGRESS_LEAST_SECONDS, life.lifetime * NO_PROGRESS_FRACTION)
        return cls(at=now.mono + _until(pause, life.urgent, now))


def backoff(failures: int, *, hard: bool, draw: float) -> float:
    """Return the delay after this many failures in a row, in seconds.

    Exponential backoff with full jitter; from the breaker's threshold on, steady
    probes.
    """
    if failures >= BREAKER_FAILURES:
        spread = 1 + PROBE_SPREAD * (2 * draw - 1)
        return HARD_CAP_SECONDS if hard else PROBE_SECONDS * spread
    cap = HARD_CAP_SECONDS if hard else SOFT_CAP_SECONDS
    return draw * min(cap, BACKOFF_BASE_SECONDS * 2.0 ** (failures - 1))


def due_in(life: Life | None, retry: Retry, now: Now, *, skew: float = 0.0) -> float:
    """Return the seconds until an attempt is due; zero or less means now."""
    wait = retry.at - now.mono
    if life is None or life.phase(now.wall, skew=skew) is not Phase.FRESH:
        return wait
    return max(wait, life.soft - now.wall)


def progresses(old: Life | None, new: Life, *, now: float) -> bool:
    """Return whether a new token is better than the one that is kept.

    It is not if it expires no later. If our clock was set back since the old token was
    received, the new one is always better.
    """
    if old is None or old.set_back(now):
        return True
    return math.isinf(old.lifetime) or new.ends > old.ends


def asked_for(seconds: float) -> float:
    """Return the wait that a service asks for, limited to the bounds."""
    return max(RETRY_AFTER_LEAST_SECONDS, min(seconds, RETRY_AFTER_CAP_SECONDS))


def _until(delay: float, point: float | None, now: Now) -> float:
    """Shorten a delay so that it does not extend past a point in the future."""
    if point is None or point <= now.wall:
        return delay
    return min(delay, point - now.wall)
