"""Report each exchange exactly once, whenever and however it ends."""

from collections.abc import Callable

from proxy.clock import Clock
from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.events.upstream import Exchange


class Meter:
    """Measures one exchange, from the moment of its own creation."""

    def __init__(
        self,
        stream: str,
        kind: Kind,
        *,
        clock: Clock,
        report: Callable[[Exchange], None],
    ) -> None:
        self._stream = stream
        self._kind = kind
        self._clock = clock
        self._report: Callable[[Exchange], None] | None = report
        self._started = clock.mono()
        self._hedged = False
        self._head_seconds: float | None = None

    def head_came(self, *, hedged: bool) -> None:
        """Record the time until the head of the answer.

        `hedged`: whether it came over a second connection.
        """
        self._hedged = hedged
        self._head_seconds = self._clock.mono() - self._started

    def tell(
        self, status: int | None, failure: Blame | None = None, *, received: int = 0
    ) -> None:
        """Report the exchange; only the first call counts."""
        report, self._report = self._report, None
        if report:
            seconds = self._clock.mono() - self._started
            head = seconds if self._head_seconds is None else self._head_seconds
            report(
                Exchange(
                    self._stream,
                    self._kind,
                    status,
                    failure,
                    head,
                    seconds,
                    received,
                    self._hedged,
                )
            )
