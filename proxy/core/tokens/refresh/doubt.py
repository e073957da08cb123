"""When a status other than a refusal may mean that the token has expired."""

import math
from typing import Self

from proxy.core.values import value

LEAST_SECONDS = 5.0
"""A token that was received or accepted less than this ago is not doubted."""

PAUSE_SECONDS, MOST_PAUSE_SECONDS = 30.0, 600.0
"""The first and the longest wait after a doubt that did not help; each such doubt
doubles it. Most missing entries are streams that have not started."""


@value
class Doubt:
    """Whether the token may be doubted; times are monotonic."""

    trusted_at: float = -math.inf
    """When the token was last accepted, or last doubted."""
    pause: float = LEAST_SECONDS

    def due(self, mono: float, *, age: float) -> bool:
        """Return whether a token of this age in seconds may have expired unnoticed."""
        return age >= LEAST_SECONDS and mono >= self.trusted_at + self.pause

    def missed(self, mono: float, *, age: float) -> Self:
        """Return the state after an entry was missing under a token of this age.

        A token that was just received has not expired, so a newer one would not help
        either.
        """
        if age >= LEAST_SECONDS:
            return self
        return type(self)(mono, max(PAUSE_SECONDS, self.pause))

    def doubted(self, mono: float) -> Self:
        """Return the state after a newer token was requested because of a doubt."""
        pause = min(max(PAUSE_SECONDS, 2 * self.pause), MOST_PAUSE_SECONDS)
        return type(self)(mono, pause)

    @classmethod
    def accepted(cls, mono: float) -> Self:
        """Return the state after the upstream accepted the token."""
        return cls(mono)
