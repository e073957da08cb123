"""When to replace a worker that died, and when to give up."""

from dataclasses import dataclass
from typing import Self

QUICK_SECONDS = 10.0
"""A worker that dies sooner died at once: the next one may do the same."""

MOST_DEATHS = 8
"""After so many quick deaths in a row there is no use in going on. A supervisor should
know, and the waits add up to half a minute."""

LEAST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.5, 8.0
"""The first replacement comes at once. Then the wait doubles."""


@dataclass(frozen=True, slots=True)
class Restarts:
    """How often the worker of one place died at once, in a row."""

    quick: int = 0

    def died(self, lived: float) -> Self:
        """Return the count after a worker died that lived this many seconds."""
        return type(self)(self.quick + 1 if lived < QUICK_SECONDS else 1)

    @property
    def hopeless(self) -> bool:
        """Whether the next one would die at once too."""
        return self.quick >= MOST_DEATHS

    @property
    def wait(self) -> float:
        """How many seconds to wait before the next one starts."""
        if self.quick <= 1:
            return 0.0
        return min(LEAST_WAIT_SECONDS * 2.0 ** (self.quick - 2), MOST_WAIT_SECONDS)
