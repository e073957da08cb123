"""Answers to players, counted in plain numbers: six locks for each are felt."""

from bisect import bisect_left
from collections import Counter as Counted
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from proxy.metrics.series import NAMESPACE, SECONDS


@dataclass(slots=True)
class _Tally:
    """The answers of one stream."""

    statuses: Counted[int] = field(default_factory=Counted)
    sent: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))


class Answers(Collector):
    """The answers of each stream. For the event loop's thread alone."""

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
        tally.buckets[bisect_left(SECONDS, seconds)] += 1

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
            ends = [*map(floatToGoString, SECONDS), "+Inf"]
            reached = zip(ends, accumulate(tally.buckets), strict=True)
            seconds.add_metric([stream], list(reached), tally.seconds)
            sent.add_metric([stream], tally.sent)
        yield from (requests, seconds, sent)
