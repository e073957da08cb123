"""How long a token lives, and in which phase of its life it is.

All points are epoch seconds of the local clock, counted from `issued`: the moment our
request for the token set out. So a wrong clock shifts them all together, and one
refresh under it settles the matter.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

SOFT_FROM, SOFT_TO = 0.70, 0.80
"""Fractions of the lifetime between which a refresh is due. A fraction serves a token
of 60 s as well as one of 24 h; the range spreads a fleet that started together."""

OLDEST_SECONDS = 24 * 3600.0
"""A refresh is due at this age at the latest: a change on the issuing side is seen
within a day."""

ADVICE_FRACTION, ADVICE_LEAST_SECONDS = 1 / 4, 30.0
"""A refresh that the token's server advises is not due before this part of the
lifetime, or this age where that is unknown: nobody is asked in a loop."""

HARD_FRACTION, HARD_LEAST_SECONDS, HARD_MOST_SECONDS = 0.05, 2.0, 60.0
HARD_LARGEST_FRACTION = 0.20
"""The last part of the lifetime, in which a failed refresh is tried again sooner: one
round trip at least, no more than a token service needs, and never before the soft
point."""

MARGIN_FRACTION, MARGIN_LEAST_SECONDS, MARGIN_MOST_SECONDS = 0.02, 1.0, 5.0
MARGIN_LARGEST_FRACTION = 0.10
"""What is kept back at the end, for the way to the upstream and for whole seconds in
the token: a token this close to its end is never sent. Tokens of a second live too."""

TAKES_FACTOR = 2.0
"""How many times as long as the last refresh took the next one gets, before the token
is unusable: so nobody waits for it."""

LEAD_SPREAD_SECONDS = 1.0
"""How much later than this token the next may begin: its `nbf` is in whole seconds."""

SHORT_SECONDS = 30.0
"""Below this lifetime the phases are too narrow: signed tokens are made per request."""

TICK_FRACTION, TICK_LEAST_SECONDS, TICK_MOST_SECONDS = 1 / 20, 1.0, 15.0
"""How often the clocks are compared. Never one long sleep: it does not pass in suspend
(python/cpython#106940)."""

JUMP_SECONDS = 5.0
"""A difference of the two clocks that is a suspend or a step, not drift."""

SKEW_CAP = 0.5
"""The part of a lifetime that skew may take away at most. A clock that is wrong by more
than the lifetime would otherwise make every token useless from the start."""


class Phase(IntEnum):
    """Where a token is in its life; a later phase is a greater number."""

    FRESH = 0
    SOFT = 1
    """A refresh is due; the token serves meanwhile."""
    HARD = 2
    """A refresh is urgent; the token serves still."""
    UNUSABLE = 3
    """Never sent from here on."""


@dataclass(frozen=True, slots=True)
class Life:
    """The points of one token's life. Infinity is unknown: used until refused."""

    issued: float
    lifetime: float
    soft: float
    hard: float
    unusable: float
    dated: float | None = None
    """If its end is by the upstream's clock, which judges its begin too: how far that
    clock was taken to be ahead of ours."""
    valid: float = math.inf
    """How long it may be sent, in seconds: less than the lifetime if it begins late."""

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
        """Lay out the life of a token; `draw` in [0, 1) places its soft point.

        `refresh_in` is the advice of the token's server, in seconds from `issued`; it
        counts if it lies within the lifetime. `takes` is how long a refresh takes, in
        seconds: a slow one begins earlier. So does one of a token that begins after a
        `lead` of so many seconds: the next will too.
        """
        lifetime = math.inf if expires_at is None else expires_at - issued
        lead = lead if 0 < lead < lifetime else 0.0
        valid = lifetime - lead
        soft_age = lifetime * (SOFT_FROM + (SOFT_TO - SOFT_FROM) * draw)
        earliest = valid * ADVICE_FRACTION
        if refresh_in is not None and 0 < refresh_in < lifetime:
            least = ADVICE_LEAST_SECONDS if math.isinf(lifetime) else earliest
            soft_age = max(refresh_in, least)
        if math.isfinite(lifetime):
            ahead = lead + LEAD_SPREAD_SECONDS if lead else 0.0
            in_time = lifetime - margin(valid) - TAKES_FACTOR * takes - ahead
            latest = max(earliest, min(in_time, lifetime - hard_window(valid)))
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
        """How much sooner the next token is needed, because it will begin late too."""
        lead = self.lifetime - self.valid
        return lead + LEAD_SPREAD_SECONDS if lead > 0 else 0.0

    @property
    def urgent(self) -> float:
        """From when on the next token is needed at once."""
        return self.hard - self.ahead

    @property
    def short(self) -> bool:
        """Whether the lifetime is too short to be kept ahead of."""
        return self.valid < SHORT_SECONDS

    def set_back(self, now: float) -> bool:
        """Tell whether the clock was set back to before the token was issued."""
        return now < self.issued - JUMP_SECONDS

    def phase(self, now: float, *, skew: float = 0.0) -> Phase:
        """Return the phase at `now`.

        `skew` is how far the others' clocks are ahead of ours, in seconds; it only
        ever shortens.
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
        """Return from when on it is unusable, by our clock; None if that is unknown."""
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


def tick(lifetime: float) -> float:
    """Return how often a token of this lifetime is looked at, in seconds."""
    return _clamp(TICK_FRACTION * lifetime, TICK_LEAST_SECONDS, TICK_MOST_SECONDS)


def jumped(before: float, now: float) -> bool:
    """Tell whether the wall clock moved against the monotonic one.

    Both values are wall minus monotonic time, taken at two moments.
    """
    return abs(now - before) > JUMP_SECONDS


def _clamp(value: float, least: float, most: float) -> float:
    return max(least, min(most, value))
