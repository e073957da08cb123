"""One request of a player as log and metrics know it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from proxy.log import RequestLines
from proxy.metrics import Metrics

# A name is as long as a request line may be; a log line should not be.
_NAME_CHARS = 200
_SERVER_ERROR = 500

log = structlog.get_logger()


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

    def report(self, metrics: Metrics, lines: RequestLines | None = None) -> None:
        """Count the request and log it, once, when it is over.

        `lines` write those that went as they should, where they can.
        """
        if self.status is not None:
            metrics.answered(self.stream, self.status, self.sent, self.head_after)
        if self.cut is not None:
            metrics.cut(self.stream, self.cut)
        stream, name = self.stream or None, self.path[:_NAME_CHARS] or None
        seconds = round(self.mono() - self._began, 3)
        if lines and not (self.page or self.problem or self.cut):
            lines.tell(self.method, stream, name, self.status, self.sent, seconds)
            return
        # Probes and scrapes come every few seconds and tell nothing while all is well.
        failed = self.status is not None and self.status >= _SERVER_ERROR
        write = log.warning if failed else log.info
        if self.page:
            write = log.debug
        write(
            "request",
            method=self.method,
            stream=stream,
            name=name,
            status=self.status,
            bytes=self.sent,
            seconds=seconds,
            **{
                key: value
                for key, value in (
                    ("problem", self.problem),
                    ("detail", self.detail),
                    ("cut", self.cut),
                )
                if value
            },
        )
