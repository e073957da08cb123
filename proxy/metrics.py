"""The numbers of the program, for Prometheus.

Labels are configured names and fixed words. Never a URL, an id, a name out of a
playlist or an address: they would leak, and each would be a series of its own.
"""

import asyncio
from bisect import bisect_left
from collections import Counter as Counted
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

CONTENT_TYPE = CONTENT_TYPE_LATEST
NAMESPACE = "hls_auth_proxy"

# From a token signed in place to a player's patience, 8 to 10 s to the first byte,
# and a token service's last timeout.
_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Reading(Protocol):
    """What is read of a stream when the numbers are asked for."""

    @property
    def name(self) -> str:
        """Its configured name."""
        ...

    @property
    def token_seconds_left(self) -> float | None:
        """How long its token may still be used; None if that is not known."""
        ...

    @property
    def token_usable(self) -> bool | None:
        """Whether it has a token that may be used now; None if it needs none."""
        ...

    @property
    def renditions(self) -> int:
        """How many renditions are known."""
        ...

    @property
    def names(self) -> int:
        """How many names its catalog knows."""
        ...


class Metrics:
    """The metrics of one application, in a registry of their own."""

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
        self._answers = _Answers()
        self._registry.register(self._answers)
        Info("build", "The program", namespace=NAMESPACE, registry=self._registry).info(
            {"version": version}
        )

    def watch(self, read: Callable[[], Sequence[Reading]]) -> None:
        """Read the state of the streams whenever the numbers are asked for."""
        self._registry.register(_Streams(read))

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
            buckets=_SECONDS,
        )


@dataclass(slots=True)
class _Tally:
    """The answers of one stream."""

    statuses: Counted[int] = field(default_factory=Counted)
    sent: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(_SECONDS) + 1))


class _Answers(Collector):
    """Answers to players. Plain numbers: six locks for each answer are felt."""

    def __init__(self) -> None:
        self._tallies: dict[str, _Tally] = {}

    def count(self, stream: str, status: int, sent: int, seconds: float) -> None:
        """Add an answer."""
        tally = self._tallies.get(stream)
        if tally is None:
            tally = self._tallies[stream] = _Tally()
        tally.statuses[status] += 1
        tally.sent += sent
        tally.seconds += seconds
        tally.buckets[bisect_left(_SECONDS, seconds)] += 1

    def describe(self) -> Iterable[Metric]:
        """Name the families, so that no other takes their names."""
        return self.collect()

    def collect(self) -> Iterator[Metric]:
        """Write the numbers down as they are now."""
        requests = CounterMetricFamily(
            f"{NAMESPACE}_player_requests",
            "Requests of players",
            labels=["stream", "status_class"],
        )
        seconds = HistogramMetricFamily(
            f"{NAMESPACE}_player_request_seconds",
            "Time to the head of an answer",
            labels=["stream"],
        )
        sent = CounterMetricFamily(
            f"{NAMESPACE}_player_bytes",
            "Bytes of bodies sent to players",
            labels=["stream"],
        )
        for stream, tally in self._tallies.items():
            classes = Counted[str]()
            for status, count in tally.statuses.items():
                classes[f"{status // 100}xx"] += count
            for status_class, count in classes.items():
                requests.add_metric([stream, status_class], count)
            ends = [*map(floatToGoString, _SECONDS), "+Inf"]
            reached = zip(ends, accumulate(tally.buckets), strict=True)
            seconds.add_metric([stream], list(reached), tally.seconds)
            sent.add_metric([stream], tally.sent)
        yield from (requests, seconds, sent)


class _Streams(Collector):
    """Numbers that are read, not counted."""

    def __init__(self, read: Callable[[], Sequence[Reading]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Name no series: a registry would read the streams to learn the names."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Read the streams, once for all four."""
        left = _gauge("token_seconds_left", "Time the current token may still be used")
        usable = _gauge("token_usable", "1 if there is a token that may be used now")
        renditions = _gauge("renditions", "Renditions known")
        names = _gauge("names", "Names in the catalog")
        for stream in self._read():
            if stream.token_seconds_left is not None:
                left.add_metric([stream.name], stream.token_seconds_left)
            if stream.token_usable is not None:
                usable.add_metric([stream.name], stream.token_usable)
            renditions.add_metric([stream.name], stream.renditions)
            names.add_metric([stream.name], stream.names)
        yield from (left, usable, renditions, names)


def _tasks() -> float:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # asked for where no loop runs
        return 0.0


def _gauge(name: str, about: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{NAMESPACE}_{name}", about, labels=["stream"])
