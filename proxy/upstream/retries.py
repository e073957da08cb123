"""When a request that failed in passing is sent once more."""

import random
from dataclasses import dataclass

MAX_RETRIES = 2

# Of 100 requests at most 20 are retries: an upstream that is down is not beaten.
EARNED_PER_REQUEST = 0.2
# The first requests after a start, or after a long quiet time, may be retried too.
FIRST_BALANCE = 2.0
MAX_BALANCE = 10.0

# Players give up 8 to 10 s after asking. This leaves room for one retry after a
# connection that timed out (5 s).
MAX_AGE_SECONDS = 6.0

# Longest delays of the two retries; the actual ones are drawn from zero up (full
# jitter), so that players that failed together do not return together.
_DELAYS_SECONDS = (0.1, 0.4)


@dataclass(slots=True)
class Budget:
    """Retries that an upstream's requests have earned."""

    balance: float = FIRST_BALANCE

    def earn(self) -> None:
        """Count a request."""
        self.balance = min(MAX_BALANCE, self.balance + EARNED_PER_REQUEST)

    def spend(self) -> bool:
        """Take a retry out of the budget, if one is left."""
        if self.balance < 1:
            return False
        self.balance -= 1
        return True


@dataclass(slots=True)
class Patience:
    """The retries of one question, over all its hops."""

    budget: Budget
    rng: random.Random
    since: float
    """Monotonic seconds when the question was asked."""
    retries: int = 0

    def delay(self, now: float) -> float | None:
        """Return how long to wait before the next attempt, None to give up."""
        if self.retries >= MAX_RETRIES or now - self.since > MAX_AGE_SECONDS:
            return None
        if not self.budget.spend():
            return None
        longest = _DELAYS_SECONDS[self.retries]
        self.retries += 1
        return self.rng.uniform(0, longest)
