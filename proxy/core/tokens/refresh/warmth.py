"""Whether a token is kept fresh ahead of need, or only refreshed when somebody plays.

A stream that nobody plays costs its token service almost nothing. At the start one
token is requested, which shows that the stream is configured correctly. After that none
is requested until a player comes. All times are monotonic.
"""

import math
from dataclasses import dataclass

PLAYED_SECONDS = 600.0
"""How long a stream counts as played after the last request of a player. It is
longer than a short pause of a player, and short enough that a forgotten stream costs
little."""

FAILING_SECONDS = 120.0
"""How often to retry for a stream that nobody plays, if its last attempt failed. It is
rare enough for a service that is gone, and frequent enough to notice that it is back.
Until then a load balancer may keep players away, because the proxy reports that it is
not ready."""


@dataclass(slots=True)
class Warmth:
    """Who needs the token of one stream."""

    begun: float
    """When the keeper started to manage this stream."""
    always: bool = False
    """Whether the token is kept fresh even if nobody plays."""
    played_at: float = -math.inf
    """When a player last requested the stream."""

    def played(self, mono: float) -> bool:
        """Return whether somebody plays the stream or played it recently."""
        return mono - self.played_at < PLAYED_SECONDS

    def wanted(self, mono: float) -> bool:
        """Return whether the token should be kept fresh now."""
        return self.always or self.played(mono)

    def rest(self, mono: float, *, had: bool, failing: bool, started: float) -> float:
        """Return the seconds for which no attempt may start if no token is wanted.

        Infinity means until a player comes. `had` means that a token was received
        before; `failing`, that the last attempt returned none. `started` is when that
        attempt began. For the first `PLAYED_SECONDS` the first token is requested
        without such a pause.
        """
        if not failing:
            return math.inf if had else 0.0
        if mono - self.begun < PLAYED_SECONDS:
            return 0.0
        return max(0.0, started + FAILING_SECONDS - mono)
