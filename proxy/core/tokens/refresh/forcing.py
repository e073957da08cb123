"""How many refreshes a refusal may force. Delays are on the monotonic clock."""

import math
from dataclasses import KW_ONLY, dataclass, replace
from enum import Enum

BUCKET_BURST, BUCKET_REFILL_SECONDS = 2.0, 30.0
"""Refreshes that refusals may force at once, and the seconds until one more."""

WORKED_REFILL_SECONDS = 5.0
"""The refill time after a forced refresh that helped. This is for tokens that expire
within seconds without stating when. A token that is refused immediately did not
help."""

REJECTED_AFTER = 3
"""After this many forced refreshes without an accepted request, refreshing does not
help: the cause is, for example, a geo-block or a revoked right."""

REJECTED_SECONDS = 60.0
"""How long refusals force no refresh after that."""


class Forced(Enum):
    """What a refusal of the current token leads to."""

    REFRESH = "refresh"
    TOO_SOON = "too soon"
    """The bucket is empty."""
    REJECTED = "rejected"
    """Earlier refreshes did not help; none is forced for a while."""


@dataclass(frozen=True, slots=True)
class Forcing:
    """How many refreshes were forced, and how many more are allowed."""

    level: float = BUCKET_BURST
    at: float = 0.0
    """Monotonic time at which `level` was computed."""
    _: KW_ONLY
    fruitless: int = 0
    """Forced refreshes since a request was last accepted."""
    closed_until: float = -math.inf
    helped: bool = False
    """Whether a request was accepted since the last forced refresh."""
    spoilt: bool = False
    """Whether a request was refused too soon after that refresh."""

    def take(self, mono: float, *, doubt: bool = False) -> tuple[Forced, "Forcing"]:
        """Decide about one forced refresh; return the decision and the next state.

        A fruitless refresh that was forced by a mere doubt proves nothing.
        """
        if mono < self.closed_until:
            return Forced.TOO_SOON, self
        helped = self.helped and not self.spoilt
        refill = WORKED_REFILL_SECONDS if helped else BUCKET_REFILL_SECONDS
        level = min(BUCKET_BURST, self.level + (mono - self.at) / refill)
        if self.fruitless >= REJECTED_AFTER and not doubt:
            # Afterwards allow one more try; close again if it does not help either.
            end = mono + REJECTED_SECONDS
            return Forced.REJECTED, Forcing(
                level, mono, fruitless=REJECTED_AFTER - 1, closed_until=end
            )
        if level < 1:
            return Forced.TOO_SOON, replace(self, spoilt=self.spoilt or not doubt)
        return Forced.REFRESH, Forcing(
            level - 1, mono, fruitless=self.fruitless + (not doubt)
        )

    def accepted(self) -> "Forcing":
        """Return the state after the upstream accepted a newly forced token."""
        return Forcing(self.level, self.at, helped=True, spoilt=self.spoilt)
