"""Whether a token is kept fresh ahead of need, or is left until somebody plays.

A stream that nobody plays costs its token service nothing: at the start one token is
asked for, which shows that the stream is configured well, and then no more until a
player comes. All times are monotonic.
"""

import math
from dataclasses import dataclass

PLAYED_SECONDS = 600.0
"""A stream counts as played for so long after a player last asked for it. Longer than a
player pauses in passing, shorter than what a forgotten stream should cost."""

FAILING_SECONDS = 120.0
"""How often the token of a stream that nobody plays is tried when it failed last: rare
enough for a service that is gone, soon enough to see that it is back. Players may be
kept away until then, because the program says that it is not ready."""


@dataclass(slots=True)
class Warmth:
    """Who needs the token of one stream."""

    begun: float
    """When the stream was first looked after."""
    always: bool = False
    """Whether the token is kept fresh even if nobody plays."""
    played_at: float = -math.inf
    """When a player last asked for the stream."""

    def played(self, mono: float) -> bool:
        """Tell whether somebody plays the stream, or did a moment ago."""
        return mono - self.played_at < PLAYED_SECONDS

    def wanted(self, mono: float) -> bool:
        """Tell whether the token is to be kept fresh now."""
        return self.always or self.played(mono)

    def rest(self, mono: float, *, had: bool, failing: bool, started: float) -> float:
        """Return for how many seconds no attempt may start if no token is wanted.

        Infinity is until a player comes. `had` says that a token came before,
        `failing` that the last attempt brought none; `started` is when it began. The
        first token is tried for without rest for as long as a stream counts as played.
        """
        if not failing:
            return math.inf if had else 0.0
        if mono - self.begun < PLAYED_SECONDS:
            return 0.0
        return max(0.0, started + FAILING_SECONDS - mono)
