"""Tell about an exchange once, whenever and however it ends."""

from proxy.clock import Clock
from proxy.core.http.answers import Blame
from proxy.core.kind import Kind
from proxy.upstream.question import Exchange, Report


class Meter:
    """The clock of one exchange; it starts when it is made."""

    def __init__(self, kind: Kind, *, clock: Clock, report: Report) -> None:
        self._kind = kind
        self._clock = clock
        self._report: Report | None = report
        self._started = clock.mono()
        self._hedged = False
        self._head_seconds: float | None = None

    def head_came(self, *, hedged: bool) -> None:
        """Take the time to the head of the answer.

        `hedged` is whether it came over a second connection.
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
                    self._kind, status, failure, head, seconds, received, self._hedged
                )
            )
