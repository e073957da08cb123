"""What happened between a stream and its upstream."""

from dataclasses import dataclass
from typing import NamedTuple

from proxy.core.http.answers import Blame
from proxy.core.kind import Kind

# Others are normal: a segment that has left the playlist, a stream not yet started.
_REFUSALS = frozenset({401, 403, 410, 429, *range(500, 600)})


class Exchange(NamedTuple):
    """One request and its answer. Every hop and every retry is a separate exchange.

    A request that is cancelled before its answer is not reported. A tuple, because
    there are many and tuples are cheap.
    """

    stream: str
    """The configured name."""
    kind: Kind
    status: int | None
    """None if there was no answer."""
    failure: Blame | None
    head_seconds: float
    """From sending to the head of the answer, or to the failure if there was none."""
    seconds: float
    """From sending to the end of the body."""
    received: int
    """Bytes of the body."""
    hedged: bool = False
    """Whether a second connection answered because the first one was silent."""

    @property
    def refused(self) -> bool:
        """Whether the status is a refusal that an operator should know about."""
        return self.status in _REFUSALS


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """A new measurement of how far an upstream's clock is ahead of ours."""

    stream: str
    mean_seconds: float
    """The moving average, this measurement included."""
