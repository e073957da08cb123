"""Adds up the metrics of several processes.

Counters and histograms are added up, including those of processes that have ended. For
a gauge, each process reports its own state. The gauge's rule combines these values.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric

from proxy.metrics.series import NAMESPACE

Numbers: TypeAlias = list[tuple[str, str, str, list[tuple[str, dict[str, str], float]]]]
"""Metrics as plain values: name, text and type, and for each sample its name, labels
and value."""

Combine: TypeAlias = Callable[[Iterable[float]], float]

_GROWING = frozenset({"counter", "histogram"})


def _farthest(values: Iterable[float]) -> float:
    return max(values, key=abs)


RULES: Mapping[str, Combine] = {
    # The worst case: a player may be connected to any process.
    f"{NAMESPACE}_token_seconds_left": min,
    f"{NAMESPACE}_token_usable": min,
    f"{NAMESPACE}_clock_skew_seconds": _farthest,
    # All processes have the same streams, but some know more about them.
    f"{NAMESPACE}_renditions": max,
    f"{NAMESPACE}_names": max,
    f"{NAMESPACE}_build": max,
    f"{NAMESPACE}_config_last_reload_successful": min,
    f"{NAMESPACE}_config_last_reload_success_timestamp_seconds": max,
    "process_start_time_seconds": min,
    "process_max_fds": min,
    # The total of all processes.
    f"{NAMESPACE}_player_requests_in_flight": math.fsum,
    f"{NAMESPACE}_tasks": math.fsum,
    f"{NAMESPACE}_workers": math.fsum,
    "process_virtual_memory_bytes": math.fsum,
    "process_resident_memory_bytes": math.fsum,
    "process_open_fds": math.fsum,
}
"""How the values of a gauge are combined. Without a rule, they are added up."""


class Sums:
    """Adds up the metrics of running processes and of those that have ended."""

    def __init__(self) -> None:
        self._ended: Numbers = []

    def ended(self, numbers: Numbers) -> None:
        """Keep the counters and histograms of a process that has ended."""
        growing = [each for each in numbers if each[2] in _GROWING]
        self._ended = _added([self._ended, growing])

    def whole(self, running: Iterable[Numbers]) -> Numbers:
        """Return the combined metrics of all processes."""
        return _added([self._ended, *running])


def numbers_of(metrics: Iterable[Metric]) -> Numbers:
    """Return metrics as plain values."""
    return [
        (
            metric.name,
            metric.documentation,
            metric.type,
            [(each.name, each.labels, each.value) for each in metric.samples],
        )
        for metric in metrics
    ]


def rendered(numbers: Numbers) -> bytes:
    """Return metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(_Plain(numbers))
    return generate_latest(registry)


class _Plain:
    """A collector that yields metrics from plain values."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterator[Metric]:
        for name, about, kind, samples in self._numbers:
            metric = Metric(name, about, kind)
            for sample, labels, value in samples:
                metric.add_sample(sample, labels, value)
            yield metric


def _added(parts: Iterable[Numbers]) -> Numbers:
    kinds: dict[str, tuple[str, str]] = {}
    values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], list[float]]] = {}
    for part in parts:
        for name, about, kind, samples in part:
            kinds.setdefault(name, (about, kind))
            series = values.setdefault(name, {})
            for sample, labels, value in samples:
                series.setdefault((sample, tuple(labels.items())), []).append(value)
    return [
        (
            name,
            about,
            kind,
            [
                (sample, dict(labels), _rule(name, kind)(found))
                for (sample, labels), found in values[name].items()
            ],
        )
        for name, (about, kind) in kinds.items()
    ]


def _rule(name: str, kind: str) -> Combine:
    return math.fsum if kind in _GROWING else RULES.get(name, math.fsum)
