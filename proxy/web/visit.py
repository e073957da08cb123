"""What is recorded about a player's request while it is answered."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import Protocol

from proxy.events.visit import VisitEnded


class Usage(Protocol):
    """Counts the requests that are under way on a stream."""

    def begin(self) -> None:
        """Count the start of a request."""
        ...

    def end(self) -> None:
        """Count the end of a request."""
        ...


@dataclass(slots=True)
class Visit:
    """What is known about a request so far, updated while it is answered."""

    method: str
    mono: Callable[[], float] = field(repr=False)
    _: KW_ONLY
    stream: str = ""
    """The configured name; empty for a page or if there is no such stream."""
    path: str = ""
    """The path below the stream or family, as parsed; never a raw path."""
    page: bool = False
    problem: str | None = None
    detail: str | None = None
    """More about the problem; never a secret."""
    status: int | None = None
    """None until the head of the answer has been sent."""
    head_after: float = 0.0
    """Seconds until the head was sent."""
    sent: int = 0
    """Bytes of the body that were sent."""
    cut: str | None = None
    """Who ended the answer early: player, stalled, upstream, shutdown."""
    _began: float = field(init=False)
    _usage: Usage | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._began = self.mono()

    @property
    def rate(self) -> float:
        """How many bytes of the body per second were sent after the head."""
        seconds = self.mono() - self._began - self.head_after
        return self.sent / seconds if seconds > 0 else 0.0

    def uses(self, usage: Usage) -> None:
        """Keep the stream from being closed until the request has ended."""
        self._usage = usage
        usage.begin()

    def end(self) -> None:
        """Allow the stream to be closed again."""
        if self._usage is not None:
            self._usage.end()

    def headed(self, status: int) -> None:
        """Record that the head of the answer was sent."""
        self.status = status
        self.head_after = self.mono() - self._began

    def cut_by(self, cause: str) -> None:
        """Record who ended the answer early; only the first call counts."""
        self.cut = self.cut or cause

    def ended(self) -> VisitEnded:
        """Return the event for the finished request."""
        return VisitEnded(
            self.method,
            self.stream,
            self.path,
            self.page,
            self.status,
            self.head_after,
            self.mono() - self._began,
            self.sent,
            self.problem,
            self.detail,
            self.cut,
        )
