"""How often a source may be asked, whatever it answers. Nothing bypasses this limit.

There are two buckets. Each attempt takes from both. A success gives back several tries;
a failure gives the success back. So a failing source is tried in bursts and then
steadily. A source with short repeated outages is found again quickly. A source whose
tokens live one second is asked twice a second and no more.
"""

from dataclasses import dataclass, replace
from typing import Self

TRIES_BURST, TRY_SECONDS = 8.0, 2.0
"""Failures allowed at once, and the seconds until one more. A request is held for 8 s
with one attempt each second; after that 30 attempts a minute are allowed."""

TRIES_BACK = 6.0
"""How many tries a success gives back."""

SUCCESS_BURST = 5.0
"""Tokens allowed at once: the first one, two forced by refusals of media, and two
forced by refusals of the entry."""

LIFE_FRACTION, LEAST_SECONDS, MOST_SECONDS = 1 / 4, 0.5, 5.0
"""The time until one more token, as a fraction of the last token's life. The maximum
equals the interval at which the files behind a source are checked, so it never delays a
long-lived token."""

_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Pace:
    """What is left in both buckets at a given monotonic time."""

    tries: float = TRIES_BURST
    successes: float = SUCCESS_BURST
    seconds: float = MOST_SECONDS
    """Seconds until one more success is allowed."""
    at: float = 0.0

    def wait(self, mono: float) -> float:
        """Return the seconds until an attempt may start; zero means now."""
        now = self._moved(mono)
        wait = max(
            (1 - now.tries) * TRY_SECONDS, (1 - now.successes) * now.seconds, 0.0
        )
        return wait if wait > _ROUNDING else 0.0

    def started(self, mono: float) -> Self:
        """Return what is left after an attempt has started."""
        now = self._moved(mono)
        left = max(0.0, now.tries - 1), max(0.0, now.successes - 1)
        return replace(now, tries=left[0], successes=left[1])

    def succeeded(self, lifetime: float) -> Self:
        """Return what is left after the attempt returned a token of this lifetime."""
        seconds = max(LEAST_SECONDS, min(MOST_SECONDS, lifetime * LIFE_FRACTION))
        tries = min(TRIES_BURST, self.tries + TRIES_BACK)
        return replace(self, tries=tries, seconds=seconds)

    def failed(self) -> Self:
        """Return what is left after the attempt failed."""
        return replace(self, successes=min(SUCCESS_BURST, self.successes + 1))

    def _moved(self, mono: float) -> Self:
        passed = max(0.0, mono - self.at)
        return replace(
            self,
            tries=min(TRIES_BURST, self.tries + passed / TRY_SECONDS),
            successes=min(SUCCESS_BURST, self.successes + passed / self.seconds),
            at=max(mono, self.at),
        )
