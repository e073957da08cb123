"""How often a source may be asked, whatever it answers. Nothing passes this.

Two buckets. Each attempt takes from both; a success gives back more tries than one, a
failure gives the success back. So a source that fails is tried in bursts and then
steadily, one that is away again and again for a moment is found when it is back, and
one that gives tokens of a second is asked twice a second and no more.
"""

from dataclasses import dataclass, replace
from typing import Self

TRIES_BURST, TRY_SECONDS = 8.0, 2.0
"""Failures at once, and the time until one more: a request is held for 8 s with an
attempt each second; after that 30 a minute."""

TRIES_BACK = 6.0
"""How many tries a success gives back."""

SUCCESS_BURST = 5.0
"""Tokens at once: the first, two that refusals of media force, and two that those of
the entry do."""

LIFE_FRACTION, LEAST_SECONDS, MOST_SECONDS = 1 / 4, 0.5, 5.0
"""The time until one more token, as a part of the life of the last. As seldom as the
files behind a source are looked at, it never delays a token that lives long."""

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Pace:
    """What is left of both buckets at a moment, on the monotonic clock."""

    tries: float = TRIES_BURST
    successes: float = SUCCESS_BURST
    seconds: float = MOST_SECONDS
    """Until there is one more success."""
    at: float = 0.0

    def wait(self, mono: float) -> float:
        """Return the seconds until an attempt may start; zero means now."""
        now = self._moved(mono)
        wait = max(
            (1 - now.tries) * TRY_SECONDS, (1 - now.successes) * now.seconds, 0.0
        )
        return wait if wait > _ROUNDING else 0.0

    def started(self, mono: float) -> Self:
        """Return what is left once an attempt has started."""
        now = self._moved(mono)
        left = max(0.0, now.tries - 1), max(0.0, now.successes - 1)
        return replace(now, tries=left[0], successes=left[1])

    def succeeded(self, lifetime: float) -> Self:
        """Return what is left once the attempt brought a token of this lifetime."""
        seconds = max(LEAST_SECONDS, min(MOST_SECONDS, lifetime * LIFE_FRACTION))
        tries = min(TRIES_BURST, self.tries + TRIES_BACK)
        return replace(self, tries=tries, seconds=seconds)

    def failed(self) -> Self:
        """Return what is left once the attempt failed."""
        return replace(self, successes=min(SUCCESS_BURST, self.successes + 1))

    def _moved(self, mono: float) -> Self:
        passed = max(0.0, mono - self.at)
        return replace(
            self,
            tries=min(TRIES_BURST, self.tries + passed / TRY_SECONDS),
            successes=min(SUCCESS_BURST, self.successes + passed / self.seconds),
            at=max(mono, self.at),
        )
