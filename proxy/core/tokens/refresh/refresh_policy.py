"""When a token is asked for again: after a success or a failure.

The delays of this module are measured on the monotonic clock; only the points of a
token's life are wall time. A jump of the clocks voids the delays.
"""

import math
from dataclasses import dataclass
from typing import Self

from proxy.core.tokens.refresh.freshness import Life, Phase

ATTEMPT_SECONDS = 10.0
"""A token service answers in milliseconds or not at all."""

BACKOFF_BASE_SECONDS = 0.5
"""The first delay is drawn below this; each failure doubles it."""

SOFT_CAP_SECONDS = 30.0
"""The longest drawn delay while the token has time."""

HARD_CAP_SECONDS = 5.0
"""The same when time is up: so recovery takes no longer once the service is back."""

RETRY_AFTER_LEAST_SECONDS, RETRY_AFTER_CAP_SECONDS = 1.0, 300.0
"""The shortest and the longest wait that a token service may ask for. One that has
passed already asks for nothing."""

BREAKER_FAILURES = 5
"""From so many failures in a row on, the service is probed, not retried."""

PROBE_SECONDS, PROBE_SPREAD = 30.0, 0.2
"""How often it is probed, and how far one probe may stray."""

HOPELESS_LEAST_SECONDS, HOPELESS_MOST_SECONDS = 30.0, 60.0
"""How long an error stands that no retry can cure: a revoked grant, a wrong key."""

NO_PROGRESS_LEAST_SECONDS, NO_PROGRESS_FRACTION = 30.0, 1 / 20
"""The wait after a token that ends no later than the one before. Some services hand
out the same token until shortly before its end (google-auth PR #581)."""

LATE_FRACTION = 1 / 4
"""The wait after one that ends no later, as a part of a life that begins late, once
the next token is needed at once: two of one second end together."""

WATCH_SECONDS, URGENT_WATCH_SECONDS = 5.0, 1.0
"""How often the files behind a source are looked at, and how often while there is no
usable token: a new key serves within 6 s, and the cure of an outage within 2 s."""


@dataclass(frozen=True, slots=True)
class Now:
    """Both clocks, read together."""

    wall: float
    mono: float


@dataclass(frozen=True, slots=True)
class Retry:
    """What past attempts say about the next one."""

    failures: int = 0
    at: float = -math.inf
    """Monotonic time before which no attempt starts by itself."""
    firm: bool = False
    """Whether a request that is held has to wait for `at` too: the other side asked
    for it, or nothing is gained by asking sooner."""

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
        """Return what holds after a failure; `draw` in [0, 1) spreads the delay.

        `useless` says that a service is there, and that its answer was no token.
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
        """Return what holds after a token came; `life` is that of the kept one."""
        if progress:
            return cls()
        if now.wall >= life.urgent:
            # One that begins late and lives for seconds has to follow within them.
            soon = life.valid * LATE_FRACTION if life.ahead else HARD_CAP_SECONDS
            return cls(at=now.mono + min(soon, HARD_CAP_SECONDS))
        pause = max(NO_PROGRESS_LEAST_SECONDS, life.lifetime * NO_PROGRESS_FRACTION)
        return cls(at=now.mono + _until(pause, life.urgent, now))


def backoff(failures: int, *, hard: bool, draw: float) -> float:
    """Return the delay after so many failures in a row, in seconds.

    Full jitter on an exponential; from the breaker's threshold on, steady probes.
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
    """Tell whether a new token is worth more than the one that is kept.

    It is not if it ends no later, by a clock that still runs as when the old one came.
    """
    if old is None or old.set_back(now):
        return True
    return math.isinf(old.lifetime) or new.ends > old.ends


def asked_for(seconds: float) -> float:
    """Return the wait that a service asks for, within bounds."""
    return max(RETRY_AFTER_LEAST_SECONDS, min(seconds, RETRY_AFTER_CAP_SECONDS))


def _until(delay: float, point: float | None, now: Now) -> float:
    """Shorten a delay so that it does not reach past a point that lies ahead."""
    if point is None or point <= now.wall:
        return delay
    return min(delay, point - now.wall)
