"""How long a token lives, and which phase of its life it is in.

All points are epoch seconds of the local clock, counted from `issued`, the moment we
sent the request for the token. A wrong local clock therefore shifts all points equally,
and one refresh under that clock corrects them.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

SOFT_FROM, SOFT_TO = 0.70, 0.80
"""A refresh is due between these fractions of the lifetime. A fraction works for a
token of 60 s as well as for one of 24 h. The range spreads the refreshes of instances
that started together."""

OLDEST_SECONDS = 24 * 3600.0
"""A refresh is due at this age at the latest, so a change on the issuing side takes
effect within a day."""

ADVICE_FRACTION, ADVICE_LEAST_SECONDS = 1 / 4, 30.0
"""A refresh that the token's server advises is never due before this fraction of the
lifetime, or before this age if the lifetime is unknown. This prevents a request
loop."""

HARD_FRACTION, HARD_LEAST_SECONDS, HARD_MOST_SECONDS = 0.05, 2.0, 60.0
HARD_LARGEST_FRACTION = 0.20
"""The last part of the lifetime, in which failed refreshes are retried sooner. It is at
least one round trip, at most what a token service needs, and never begins before the
soft point."""

MARGIN_FRACTION, MARGIN_LEAST_SECONDS, MARGIN_MOST_SECONDS = 0.02, 1.0, 5.0
MARGIN_LARGEST_FRACTION = 0.10
"""The safety margin before the expiry, for the way to the upstream and because tokens
are dated in whole seconds. A token this close to its expiry is never sent. The largest
fraction keeps tokens of one second usable."""

TAKES_FACTOR = 2.0
"""The next refresh gets this many times the duration of the last one before the token
becomes unusable, so that nobody waits for it."""

LEAD_SPREAD_SECONDS = 1.0
"""How much later than this token the next one may become valid: `nbf` is in whole
seconds."""

SHORT_SECONDS = 30.0
"""Below this lifetime the phases are too narrow; tokens that we sign are then made per
request."""

TICK_FRACTION, TICK_LEAST_SECONDS, TICK_MOST_SECONDS = 1 / 20, 1.0, 15.0
"""How often the clocks are compared. Never use one long sleep: its clock stops during
suspend (python/cpython#106940)."""

JUMP_SECONDS = 5.0
"""A larger change between the two clocks is a suspend or a step, not drift."""

SKEW_CAP = 0.5
"""The largest part of a lifetime that skew may take away. Otherwise a clock that is
wrong by more than the lifetime would make every token useless from the start."""


class Phase(IntEnum):
    """Where a token is in its life; later phases have greater numbers."""

    FRESH = 0
    SOFT = 1
    """A refresh is due; the token is still used meanwhile."""
    HARD = 2
    """A refresh is urgent; the token is still used."""
    UNUSABLE = 3
    """The token is no longer sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The points of one token's life.

    Infinity means unknown: such a token is used until it is refused.
    """

    issued: float
    lifetime: float
    soft: float
    hard: float
    unusable: float
    dated: float | None = None
    """How far the upstream's clock was assumed to be ahead of ours. It is set if the
    expiry was converted from that clock, which also judges when the token becomes
    valid."""
    valid: float = math.inf
    """How long it may be sent, in seconds. This is less than the lifetime if the token
    becomes valid late."""

    @classmethod
    def of(
        cls,
        issued: float,
        expires_at: float | None,
        *,
        draw: float,
        refresh_in: float | None = None,
        takes: float = 0.0,
        lead: float = 0.0,
        dated: float | None = None,
    ) -> Self:
        """Compute the points of a token's life; `draw` in [0, 1) places its soft point.

        `refresh_in` is what the token's server advises, in seconds from `issued`; it
        counts if it is within the lifetime. `takes` is how long a refresh takes, in
        seconds: a slow refresh starts earlier. `lead` is how many seconds after
        `issued` the token becomes valid. A refresh then starts earlier too, because the
        next token will also be valid late.
        """
        lifetime = math.inf if expires_at is None else expires_at - issued
        lead = lead if 0 < lead < lifetime else 0.0
        valid = lifetime - lead
        earliest = valid * ADVICE_FRACTION
        soft_age = lifetime * (SOFT_FROM + (SOFT_TO - SOFT_FROM) * draw)
        if refresh_in is not None and 0 < refresh_in < lifetime:
            least = ADVICE_LEAST_SECONDS if math.isinf(lifetime) else earliest
            soft_age = max(refresh_in, least)
        if math.isfinite(lifetime):
            latest = max(earliest, _latest(lifetime, valid, lead, takes))
            soft_age = min(soft_age, latest)
        return cls(
            issued=issued,
            lifetime=lifetime,
            soft=issued + min(soft_age, OLDEST_SECONDS),
            hard=issued + lifetime - hard_window(valid),
            unusable=issued + lifetime - margin(valid),
            dated=dated,
            valid=valid,
        )

    @property
    def ends(self) -> float:
        """The expiry; infinity if unknown."""
        return self.issued + self.lifetime

    @property
    def ahead(self) -> float:
        """How much sooner the next token is needed if it becomes valid late."""
        lead = self.lifetime - self.valid
        return lead + LEAD_SPREAD_SECONDS if lead > 0 else 0.0

    @property
    def urgent(self) -> float:
        """From when on the next token is needed urgently."""
        return self.hard - self.ahead

    @property
    def short(self) -> bool:
        """Whether the lifetime is too short for refreshing ahead of time."""
        return self.valid < SHORT_SECONDS

    def set_back(self, now: float) -> bool:
        """Return whether the clock was set back to before the token was issued."""
        return now < self.issued - JUMP_SECONDS

    def phase(self, now: float, *, skew: float = 0.0) -> Phase:
        """Return the phase at `now`.

        `skew` is how far the other clocks are ahead of ours, in seconds. It can only
        shorten the life.
        """
        theirs = now + self._taken(skew)
        if theirs >= self.unusable:
            return Phase.UNUSABLE
        if theirs >= self.hard:
            return Phase.HARD
        if theirs >= self.soft or self.set_back(now):
            return Phase.SOFT
        return Phase.FRESH

    def until(self, *, skew: float = 0.0) -> float | None:
        """Return when it becomes unusable, by our clock; None if unknown."""
        ends = self.unusable - self._taken(skew)
        return ends if math.isfinite(ends) else None

    def _taken(self, skew: float) -> float:
        return min(max(0.0, skew), self.lifetime * SKEW_CAP)


def hard_window(lifetime: float) -> float:
    """Return the length of the hard window, in seconds."""
    usual = _clamp(HARD_FRACTION * lifetime, HARD_LEAST_SECONDS, HARD_MOST_SECONDS)
    return min(usual, HARD_LARGEST_FRACTION * lifetime)


def margin(lifetime: float) -> float:
    """Return how long before its expiry a token becomes unusable, in seconds."""
    usual = _clamp(
        MARGIN_FRACTION * lifetime, MARGIN_LEAST_SECONDS, MARGIN_MOST_SECONDS
    )
    return min(usual, MARGIN_LARGEST_FRACTION * lifetime)


def _latest(lifetime: float, valid: float, lead: float, takes: float) -> float:
    """Return the age at which a refresh has to start to be done in time."""
    ahead = lead + LEAD_SPREAD_SECONDS if lead else 0.0
    in_time = lifetime - margin(valid) - TAKES_FACTOR * takes - ahead
    return min(in_time, lifetime - hard_window(valid))


def tick(lifetime: float) -> float:
    """Return how often to check a token of this lifetime, in seconds."""
    return _clamp(TICK_FRACTION * lifetime, TICK_LEAST_SECONDS, TICK_MOST_SECONDS)


def jumped(before: float, now: float) -> bool:
    """Return whether the wall clock moved against the monotonic clock.

    Both values are wall minus monotonic time, taken at two moments.
    """
    return abs(now - before) > JUMP_SECONDS


def _clamp(value: float, least: float, most: float) -> float:
    return max(least, min(most, value))
