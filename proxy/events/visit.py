"""What became of a request of a player."""

from typing import NamedTuple


class VisitEnded(NamedTuple):
    """A request is over. A tuple: there is one for each request, and it is cheap."""

    method: str
    stream: str
    """The configured name; empty for a page or where there is no such stream."""
    path: str
    """Below the stream or family, as the grammar allows it; never a raw path."""
    page: bool
    """Whether it was for a page of the program."""
    status: int | None
    """None: the head of an answer was never sent."""
    head_seconds: float
    """Until the head was sent."""
    seconds: float
    """Until the end."""
    sent: int
    """Bytes of the body."""
    problem: str | None
    detail: str | None
    """More about the problem; never a secret."""
    cut: str | None
    """Who ended the answer before its end: player, stalled, upstream, shutdown."""
