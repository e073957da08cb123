"""Telling what became of the attempts of one keeper."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from proxy.core.tokens.refresh.freshness import Life
from proxy.errors import SourceError
from proxy.events.refresh import Outcome, Reason, Refresh, reason_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells whoever counts and logs. A `generation` is that of the kept token."""

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
        """Tell of a token that came."""
        lives = None if math.isinf(life.lifetime) else life.lifetime
        self.report(
            Refresh(
                self.stream, outcome, generation=generation, lives=lives, reason=reason
            )
        )

    def failed(self, error: SourceError, *, generation: int) -> None:
        """Tell why none came."""
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
        """Tell of what was no attempt."""
        self.report(Refresh(self.stream, outcome, generation=generation, detail=detail))
