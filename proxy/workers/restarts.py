"""When to replace a worker that died, and when to give up."""

from dataclasses import dataclass
from typing import Self

QUICK_SECONDS = 10.0
"""A worker that dies sooner than this counts as a quick death; so may the next."""

MOST_DEATHS = 8
"""After this many quick deaths in a row, give up, so that a supervisor notices. The
waits until then add up to half a minute."""

LEAST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.5, 8.0
"""The first replacement starts at once. Then the wait doubles, within these limits."""


@dataclass(frozen=True, slots=True)
class Restarts:
    """How many workers of one slot died quickly, in a row."""

    quick: int = 0

    def died(self, lived: float) -> Self:
        """Return the new count after a worker died that lived this many seconds."""
        return type(self)(self.quick + 1 if lived < QUICK_SECONDS else 1)

    @property
    def hopeless(self) -> bool:
        """Whether to give up, because the next worker would probably die too."""
        return self.quick >= MOST_DEATHS

    @property
    def wait(self) -> float:
        """How many seconds to wait before the next worker starts."""
        if self.quick <= 1:
            return 0.0
        return min(LEAST_WAIT_SECONDS * 2.0 ** (self.quick - 2), MOST_WAIT_SECONDS)
