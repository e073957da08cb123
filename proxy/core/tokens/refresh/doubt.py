"""When a status that is no refusal may still be one: a token that ended unnoticed."""

import math
from dataclasses import dataclass
from typing import Self

LEAST_SECONDS = 5.0
"""A token that came or was accepted later than this is not doubted."""

PAUSE_SECONDS, MOST_PAUSE_SECONDS = 30.0, 600.0
"""The first and the longest wait after a doubt that brought nothing; each doubles it:
most entries that are missing have not started."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Whether the token may be doubted; times are of the monotonic clock."""

    trusted_at: float = -math.inf
    """When it was last accepted, or last doubted."""
    pause: float = LEAST_SECONDS

    def due(self, mono: float, *, age: float) -> bool:
        """Tell whether a token of this age in seconds may have ended unnoticed."""
        return age >= LEAST_SECONDS and mono >= self.trusted_at + self.pause

    def missed(self, mono: float, *, age: float) -> Self:
        """Return what holds after an entry was missing under a token of this age.

        One that has just come has not ended: a newer one would bring nothing either.
        """
        if age >= LEAST_SECONDS:
            return self
        return type(self)(mono, max(PAUSE_SECONDS, self.pause))

    def doubted(self, mono: float) -> Self:
        """Return what holds after a newer one was asked for."""
        pause = min(max(PAUSE_SECONDS, 2 * self.pause), MOST_PAUSE_SECONDS)
        return type(self)(mono, pause)

    @classmethod
    def accepted(cls, mono: float) -> Self:
        """Return what holds after the upstream accepted the token."""
        return cls(mono)
