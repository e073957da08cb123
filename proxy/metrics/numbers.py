"""The numbers of one application, in a registry of their own."""

import asyncio
from collections.abc import Callable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)

from proxy.metrics.answers import Answers
from proxy.metrics.series import NAMESPACE, SECONDS
from proxy.metrics.streams import Reading, Streams


class Metrics:
    """Counts what happens, and renders it together with what is read."""

    def __init__(self, version: str) -> None:
        self._registry = CollectorRegistry()
        Gauge(
            "tasks",
            "Tasks of the program that are under way",
            namespace=NAMESPACE,
            registry=self._registry,
        ).set_function(_tasks)
        self._refreshes = self._counter(
            "token_refreshes", "Attempts to get a token", "stream", "outcome"
        )
        self._clock_jumps = self._counter("clock_jumps", "Steps of the wall clock seen")
        self._skew = Gauge(
            "clock_skew_seconds",
            "How far the clock of the upstream is ahead of ours",
            ("stream",),
            namespace=NAMESPACE,
            registry=self._registry,
        )
        self._upstream = self._counter(
            "upstream_requests", "Requests sent upstream", "stream", "role", "outcome"
        )
        self._upstream_seconds = self._histogram(
            "upstream_request_seconds",
            "Time to the head of an answer, or to the failure",
            "stream",
            "role",
        )
        self._cuts = self._counter(
            "player_cuts", "Answers to players that were cut off", "stream", "cause"
        )
        self.in_flight = 0
        """Requests of players that are being answered; whoever answers counts them."""
        Gauge(
            "player_requests_in_flight",
            "Requests of players that are being answered",
            namespace=NAMESPACE,
            registry=self._registry,
        ).set_function(lambda: self.in_flight)
        self._answers = Answers()
        self._registry.register(self._answers)
        Info("build", "The program", namespace=NAMESPACE, registry=self._registry).info(
            {"version": version}
        )

    def watch(self, read: Callable[[], Sequence[Reading]]) -> None:
        """Read the state of the streams whenever the numbers are asked for."""
        self._registry.register(Streams(read))

    def refreshed(self, stream: str, outcome: str) -> None:
        """Count an attempt to get a token."""
        self._refreshes.labels(stream, outcome).inc()

    def clock_jumped(self) -> None:
        """Count a step of the wall clock, or the end of a suspend."""
        self._clock_jumps.inc()

    def skewed(self, stream: str, seconds: float) -> None:
        """Note how far the clock of the upstream is ahead of ours."""
        self._skew.labels(stream).set(seconds)

    def asked_upstream(
        self, stream: str, role: str, outcome: str, seconds: float
    ) -> None:
        """Count a request upstream; `role` is a Kind.

        `seconds` end with the head of the answer, or with the failure to get one.
        """
        self._upstream.labels(stream, role, outcome).inc()
        self._upstream_seconds.labels(stream, role).observe(seconds)

    def answered(self, stream: str, status: int, sent: int, seconds: float) -> None:
        """Count an answer to a player; `stream` is empty where there is none."""
        self._answers.count(stream, status, sent, seconds)

    def cut(self, stream: str, cause: str) -> None:
        """Count an answer that did not reach its end, and whose doing that was."""
        self._cuts.labels(stream, cause).inc()

    def render(self) -> bytes:
        """Return the numbers as Prometheus reads them."""
        return generate_latest(self._registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(
            name, about, labels, namespace=NAMESPACE, registry=self._registry
        )

    def _histogram(self, name: str, about: str, *labels: str) -> Histogram:
        return Histogram(
            name,
            about,
            labels,
            namespace=NAMESPACE,
            registry=self._registry,
            buckets=SECONDS,
        )


def _tasks() -> float:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # asked for where no loop runs
        return 0.0
