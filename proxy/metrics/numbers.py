"""All metrics of the program."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import (
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from proxy.metrics.answers import AnswerMetrics
from proxy.metrics.exchanges import ExchangeMetrics
from proxy.metrics.program import ProgramMetrics
from proxy.metrics.refreshes import TokenMetrics
from proxy.metrics.store import StoreMetrics, StoreReading, StreamReading
from proxy.metrics.streams import Reading, StreamMetrics
from proxy.metrics.sums import Numbers, numbers_of


@dataclass(frozen=True, slots=True)
class _Alone:
    """One metric, to be rendered separately."""

    metric: Metric

    def collect(self) -> Iterable[Metric]:
        return (self.metric,)


class Metrics:
    """Counts what happens, and renders the counts together with the state it reads.

    Something that never happened has no series; otherwise a thousand streams would be
    megabytes. The few series that alerts watch start at 0.
    """

    def __init__(self, version: str) -> None:
        self.refreshes = TokenMetrics()
        self.exchanges = ExchangeMetrics()
        self.answers = AnswerMetrics()
        self.program = ProgramMetrics(version)
        self._parts: list[Collector] = [
            self.program.registry,
            *self.refreshes.parts,
            *self.exchanges.parts,
            *self.answers.parts,
            *self.program.parts,
        ]

    def watch(self, read: Callable[[], Sequence[Reading]]) -> None:
        """Use `read` to get the state of the streams whenever metrics are rendered."""
        self._parts.append(StreamMetrics(read))

    def watch_store(
        self,
        streams: Callable[[], Mapping[str, StreamReading]],
        store: Callable[[], StoreReading],
    ) -> None:
        """Use these to get what the store has done whenever metrics are rendered."""
        self._parts.append(StoreMetrics(streams, store))

    def begin(self, stream: str, *, has_token: bool) -> None:
        """Show a stream's series that alerts watch as 0, before anything has happened.

        Prometheus sees no increase in a series that starts at 1. Without this an alert
        would miss the first failure.
        """
        self.answers.begin(stream)
        if has_token:
            self.refreshes.begin(stream)

    def render(self) -> bytes:
        """Return the metrics in the text format of Prometheus, in this thread."""
        return b"".join(map(generate_latest, self._all()))

    async def rendered(self) -> bytes:
        """Return the same, rendered in a thread, one metric after the other.

        For a thousand streams that takes a tenth of a second.
        """
        return b"".join(
            [await asyncio.to_thread(generate_latest, each) for each in self._all()]
        )

    def plain(self) -> Numbers:
        """Return the metrics as plain values, to be added to those of others."""
        return numbers_of(metric for part in self._parts for metric in part.collect())

    def _all(self) -> Iterator[Collector]:
        """Yield the metrics to render. They are read in the event loop's thread."""
        for part in self._parts:
            for metric in part.collect():
                yield _Alone(metric)
