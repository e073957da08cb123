"""Metrics about requests sent upstream."""

from proxy.metrics.tally import counter
from proxy.metrics.times import Durations


class ExchangeMetrics:
    """The requests sent upstream. For use in the event loop's thread only."""

    def __init__(self) -> None:
        self._requests = counter(
            "upstream_requests", "Requests sent upstream", "stream", "role", "outcome"
        )
        self._hedges = counter(
            "upstream_hedges",
            "Requests answered on a second connection, as the first was silent",
            "stream",
            "role",
        )
        self._seconds = Durations(
            "upstream_request_seconds",
            "Time to the head of an answer, or to the failure",
            ("role",),
        )
        self.parts = (self._requests, self._hedges, self._seconds)

    def count(
        self,
        stream: str,
        role: str,
        outcome: str,
        seconds: float,
        *,
        hedged: bool = False,
    ) -> None:
        """Count a request; `role` is a Kind.

        `seconds`: the time until the head of the answer, or until the failure.
        `hedged`: whether the answer came on a second connection.
        """
        self._requests.add(stream, role, outcome)
        self._seconds.add(seconds, role)
        if hedged:
            self._hedges.add(stream, role)
