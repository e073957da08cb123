"""A player's request that has ended."""

from typing import NamedTuple


class VisitEnded(NamedTuple):
    """A player's request is over. A tuple, because there are many: tuples are cheap."""

    method: str
    stream: str
    """The configured name; empty for a page or if there is no such stream."""
    path: str
    """The path below the stream or family, as parsed; never a raw path."""
    page: bool
    """Whether it was for one of the program's own pages."""
    status: int | None
    """None: no head of an answer was sent."""
    head_seconds: float
    """Seconds until the head was sent."""
    seconds: float
    """Seconds until the end."""
    sent: int
    """Bytes of the body that were sent."""
    problem: str | None
    detail: str | None
    """More about the problem; never a secret."""
    cut: str | None
    """Who ended the answer early: player, stalled, upstream, shutdown."""
