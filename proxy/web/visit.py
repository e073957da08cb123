"""One request of a player while it is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from proxy.events.visit import VisitEnded


class Usage(Protocol):
    """Counts the requests that are under way on a stream."""

    def begin(self) -> None:
        """Take note of a request."""
        ...

    def end(self) -> None:
        """Take note that it has ended."""
        ...


@dataclass(slots=True)
class Visit:
    """What is known of a request so far; it fills while the request is answered."""

    method: str
    mono: Callable[[], float] = field(repr=False)
    stream: str = ""
    """The configured name; empty for a page or where there is no such stream."""
    path: str = ""
    """Below the stream or family, as the grammar allows it; never a raw path."""
    page: bool = False
    problem: str | None = None
    detail: str | None = None
    """More about the problem; never a secret."""
    status: int | None = None
    """None until the head of the answer is sent."""
    head_after: float = 0.0
    """Seconds until then."""
    sent: int = 0
    """Bytes of the body."""
    cut: str | None = None
    """Who ended the answer before its end: player, stalled, upstream, shutdown."""
    _began: float = field(init=False)
    _usage: Usage | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._began = self.mono()

    @property
    def rate(self) -> float:
        """How many bytes of the body a second were sent since the head was."""
        seconds = self.mono() - self._began - self.head_after
        return self.sent / seconds if seconds > 0 else 0.0

    def uses(self, usage: Usage) -> None:
        """Keep the stream from being closed until the request has ended."""
        self._usage = usage
        usage.begin()

    def end(self) -> None:
        """Let it be closed."""
        if self._usage is not None:
            self._usage.end()

    def headed(self, status: int) -> None:
        """Note that the head of the answer is on its way."""
        self.status = status
        self.head_after = self.mono() - self._began

    def cut_by(self, cause: str) -> None:
        """Note who ended the answer early; what was noted first stays."""
        self.cut = self.cut or cause

    def ended(self) -> VisitEnded:
        """Return what became of the request, once it is over."""
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
