"""All metrics of the program."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    Info,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from proxy.metrics.answers import Answers
from proxy.metrics.series import NAMESPACE
from proxy.metrics.store import Store, StoreReading, StreamReading
from proxy.metrics.streams import Reading, Streams
from proxy.metrics.sums import Numbers, numbers_of
from proxy.metrics.tally import counter, gauge
from proxy.metrics.times import Durations

_LEAST_SKEW_SECONDS = 1.0
"""`Date` has whole seconds, so a smaller difference means nothing."""

_BAD_REFRESHES = ("failed", "rejected")
"""The outcomes that alerts watch."""


_REFUSED = "refused"
_RELOADS = ("applied", "unchanged", _REFUSED)


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
        self._refreshes = counter(
            "token_refreshes", "Attempts to get a token", "stream", "outcome"
        )
        self._clock_jumps = counter("clock_jumps", "Steps of the wall clock seen")
        self._clock_jumps.begin()
        self._skew = gauge(
            "clock_skew_seconds",
            "How far the clock of the upstream is ahead of ours",
            "stream",
        )
        self._upstream = counter(
            "upstream_requests", "Requests sent upstream", "stream", "role", "outcome"
        )
        self._hedges = counter(
            "upstream_hedges",
            "Requests answered on a second connection, as the first was silent",
            "stream",
            "role",
        )
        self._upstream_seconds = Durations(
            "upstream_request_seconds",
            "Time to the head of an answer, or to the failure",
            ("role",),
        )
        self._cuts = counter(
            "player_cuts", "Answers to players that were cut off", "stream", "cause"
        )
        self._reloads = counter(
            "config_reloads", "Times the configuration was read again", "outcome"
        )
        for outcome in _RELOADS:
            self._reloads.begin(outcome)
        self._reload_well = gauge(
            "config_last_reload_successful",
            "1 if what was read last is in force, else 0",
        )
        self._loaded_at = gauge(
            "config_last_reload_success_timestamp_seconds",
            "When the configuration that is in force was read",
        )
        self._workers = gauge("workers", "Processes that serve players")
        self._worker_deaths = counter(
            "worker_deaths", "Processes that ended unasked and were replaced"
        )
        self.in_flight = 0
        """Player requests that are being answered. `web.app` updates this."""
        self._answers = Answers()
        self._parts: list[Collector] = [
            self._refreshes,
            self._clock_jumps,
            self._skew,
            self._upstream,
            self._hedges,
            self._upstream_seconds,
            self._cuts,
            self._reloads,
            self._reload_well,
            self._loaded_at,
            self._workers,
            self._worker_deaths,
            *self._answers.parts,
        ]
        self._registry = self._of_the_program(version)

    def watch(self, read: Callable[[], Sequence[Reading]]) -> None:
        """Use `read` to get the state of the streams whenever metrics are rendered."""
        self._parts.append(Streams(read))

    def watch_store(
        self,
        streams: Callable[[], Mapping[str, StreamReading]],
        store: Callable[[], StoreReading],
    ) -> None:
        """Use these to get what the store has done whenever metrics are rendered."""
        self._parts.append(Store(streams, store))

    def begin(self, stream: str, *, has_token: bool) -> None:
        """Show a stream's series that alerts watch as 0, before anything has happened.

        Prometheus sees no increase in a series that starts at 1. Without this an alert
        would miss the first failure.
        """
        self._answers.begin(stream)
        if has_token:
            for watched in _BAD_REFRESHES:
                self._refreshes.begin(stream, watched)

    def refreshed(self, stream: str, outcome: str) -> None:
        """Count an attempt to get a token."""
        self._refreshes.add(stream, outcome)

    def clock_jumped(self) -> None:
        """Count a step of the wall clock or the end of a suspend."""
        self._clock_jumps.add()

    def skewed(self, stream: str, seconds: float) -> None:
        """Record how many seconds the upstream's clock is ahead of ours."""
        if abs(seconds) < _LEAST_SKEW_SECONDS:
            self._skew.drop(stream)
        else:
            self._skew.set(seconds, stream)

    def config_reloaded(self, outcome: str) -> None:
        """Count a reload of the configuration."""
        self._reloads.add(outcome)
        self._reload_well.set(outcome != _REFUSED)

    def config_loaded(self, wall: float) -> None:
        """Record when the configuration in force was read, in epoch seconds."""
        self._reload_well.set(1)
        self._loaded_at.set(wall)

    def workers(self, serving: int) -> None:
        """Record how many processes serve players, if there is more than this one."""
        self._workers.set(serving)
        self._worker_deaths.begin()

    def worker_died(self) -> None:
        """Count a process that ended unasked."""
        self._worker_deaths.add()

    def asked_upstream(
        self,
        stream: str,
        role: str,
        outcome: str,
        seconds: float,
        *,
        hedged: bool = False,
    ) -> None:
        """Count a request upstream; `role` is a Kind.

        `seconds`: the time until the head of the answer, or until the failure.
        `hedged`: whether the answer came on a second connection.
        """
        self._upstream.add(stream, role, outcome)
        self._upstream_seconds.add(seconds, role)
        if hedged:
            self._hedges.add(stream, role)

    def answered(self, stream: str, status: int, sent: int, seconds: float) -> None:
        """Count an answer to a player; `stream` is empty if there is none."""
        self._answers.count(stream, status, sent, seconds)

    def cut(self, stream: str, cause: str) -> None:
        """Count an answer that was cut off, labelled with the cause."""
        self._cuts.add(stream, cause)

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
        return numbers_of(
            metric
            for part in (self._registry, *self._parts)
            for metric in part.collect()
        )

    def _all(self) -> Iterator[Collector]:
        """Yield the metrics to render. They are read in the event loop's thread."""
        for part in (self._registry, *self._parts):
            for metric in part.collect():
                yield _Alone(metric)

    def _of_the_program(self, version: str) -> CollectorRegistry:
        registry = CollectorRegistry()
        Gauge(
            "tasks",
            "Tasks of the program that are under way",
            namespace=NAMESPACE,
            registry=registry,
        ).set_function(_tasks)
        Gauge(
            "player_requests_in_flight",
            "Requests of players that are being answered",
            namespace=NAMESPACE,
            registry=registry,
        ).set_function(lambda: self.in_flight)
        about = Info("build", "The program", namespace=NAMESPACE, registry=registry)
        about.info({"version": version})
        # Empty if there is no /proc.
        ProcessCollector(registry=registry)
        return registry


def _tasks() -> float:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # no event loop is running
        return 0.0
