"""How many refreshes a refusal may force. Delays are on the monotonic clock."""

import math
from dataclasses import dataclass, replace
from enum import Enum

BUCKET_BURST, BUCKET_REFILL_SECONDS = 2.0, 30.0
"""Refreshes that a refusal may force at once, and the time until one more."""

WORKED_REFILL_SECONDS = 5.0
"""The same after a forced refresh that helped: tokens that end within seconds, and do
not tell. One that is refused as soon as this was no help."""

REJECTED_AFTER = 3
"""Forced refreshes without an accepted request after which refreshing is no cure: a
geo-block, a revoked right."""

REJECTED_SECONDS = 60.0
"""How long no refusal forces a refresh then."""


class Forced(Enum):
    """What a refusal of the current token leads to."""

    REFRESH = "refresh"
    TOO_SOON = "too soon"
    """The bucket is empty."""
    REJECTED = "rejected"
    """Refreshing did not help before; from now on none is forced for a while."""


@dataclass(frozen=True, slots=True)
class Forcing:
    """How many refreshes were forced, and how many more may be."""

    level: float = BUCKET_BURST
    at: float = 0.0
    """Monotonic time of the level."""
    fruitless: int = 0
    """Forced refreshes since a request was last accepted."""
    closed_until: float = -math.inf
    helped: bool = False
    """Whether a request was accepted since the last forced refresh."""
    spoilt: bool = False
    """Whether one was refused too soon after it."""

    def take(self, mono: float, *, doubt: bool = False) -> tuple[Forced, "Forcing"]:
        """Decide about one forced refresh; return what holds afterwards.

        One that a mere doubt asks for proves nothing if it is fruitless.
        """
        if mono < self.closed_until:
            return Forced.TOO_SOON, self
        helped = self.helped and not self.spoilt
        refill = WORKED_REFILL_SECONDS if helped else BUCKET_REFILL_SECONDS
        level = min(BUCKET_BURST, self.level + (mono - self.at) / refill)
        if self.fruitless >= REJECTED_AFTER and not doubt:
            # One more try afterwards; should that be fruitless too, closed again.
            end = mono + REJECTED_SECONDS
            return Forced.REJECTED, Forcing(level, mono, REJECTED_AFTER - 1, end)
        if level < 1:
            return Forced.TOO_SOON, replace(self, spoilt=self.spoilt or not doubt)
        return Forced.REFRESH, Forcing(level - 1, mono, self.fruitless + (not doubt))

    def accepted(self) -> "Forcing":
        """Return what holds after the upstream accepted a newly forced token."""
        return Forcing(self.level, self.at, helped=True, spoilt=self.spoilt)
