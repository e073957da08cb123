"""Reporting the results of one keeper's attempts."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from proxy.core.tokens.refresh.freshness import Life
from proxy.errors import SourceError
from proxy.events.refresh import Outcome, Reason, Refresh, reason_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Reports to the code that counts and logs.

    A `generation` is that of the kept token.
    """

    stream: str
    report: Callable[[Refresh], None]

    def came(
        self,
        outcome: Outcome,
        life: Life,
        *,
        generation: int,
        reason: Reason = Reason.NONE,
    ) -> None:
        """Report that a token was received."""
        lives = None if math.isinf(life.lifetime) else life.lifetime
        self.report(
            Refresh(
                self.stream, outcome, generation=generation, lives=lives, reason=reason
            )
        )

    def failed(self, error: SourceError, *, generation: int) -> None:
        """Report why no token was received."""
        self.report(
            Refresh(
                self.stream,
                Outcome.FAILED,
                generation=generation,
                reason=reason_of(error),
                detail=str(error),
            )
        )

    def happened(self, outcome: Outcome, *, generation: int, detail: str = "") -> None:
        """Report an event that is not the result of an attempt."""
        self.report(Refresh(self.stream, outcome, generation=generation, detail=detail))
