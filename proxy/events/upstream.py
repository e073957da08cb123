"""What happened between a stream and its upstream."""

from dataclasses import dataclass
from typing import NamedTuple

from proxy.core.http.answers import Blame
from proxy.core.kind import Kind

# Others are part of every day: a segment that has left, a stream that has not begun.
_REFUSALS = frozenset({401, 403, 410, 429, *range(500, 600)})


class Exchange(NamedTuple):
    """One request and its answer: every hop and every retry is one.

    Of a request that is cancelled before its answer nothing is told. A tuple: there
    are many, and it is cheap.
    """

    stream: str
    """The configured name."""
    kind: Kind
    status: int | None
    """None if no answer came."""
    failure: Blame | None
    head_seconds: float
    """From sending to the head of the answer; if none came, to the failure."""
    seconds: float
    """From sending to the end of the body."""
    received: int
    """Bytes of the body."""
    hedged: bool = False
    """Whether another connection answered, since the first one was silent."""

    @property
    def refused(self) -> bool:
        """Whether the answer says no in a way that an operator should hear of."""
        return self.status in _REFUSALS


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """How far the clock of an upstream is ahead of ours, measured once more."""

    stream: str
    mean_seconds: float
    """The moving average, this measurement included."""
