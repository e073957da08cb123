"""Counters and gauges with labels, in plain dicts, for the event loop's thread only.

The library's own metrics have a lock for each series, and an additional series
(`_created`) with the time when each one started. So the library only renders these.
"""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field

from prometheus_client.metrics_core import Metric

from proxy.metrics.series import NAMESPACE


@dataclass(frozen=True, slots=True)
class Tally:
    """One metric: a number for each combination of labels that has been seen."""

    name: str
    kind: str
    """The Prometheus type: counter or gauge."""
    _: KW_ONLY
    about: str
    labels: tuple[str, ...]
    _values: dict[tuple[str, ...], float] = field(default_factory=dict)

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Increase a value."""
        self._values[labels] = self._values.get(labels, 0.0) + by

    def begin(self, *labels: str) -> None:
        """Show a value of 0 before there is anything to count.

        For series that alerts watch: Prometheus sees no increase in a series that
        starts with its first event.
        """
        self._values.setdefault(labels, 0.0)

    def set(self, value: float, *labels: str) -> None:
        """Replace a value."""
        self._values[labels] = value

    def clear(self) -> None:
        """Remove all values."""
        self._values.clear()

    def drop(self, *labels: str) -> None:
        """Remove a value."""
        self._values.pop(labels, None)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric in the form that the library renders."""
        name = f"{NAMESPACE}_{self.name}"
        metric = Metric(name, self.about, self.kind)
        of = f"{name}_total" if self.kind == "counter" else name
        for labels, value in self._values.items():
            pairs = dict(zip(self.labels, labels, strict=True))
            metric.add_sample(of, pairs, value)
        yield metric


def counter(name: str, about: str, *labels: str) -> Tally:
    """Return a counter: its values only grow."""
    return Tally(name, "counter", about=about, labels=labels)


def gauge(name: str, about: str, *labels: str) -> Tally:
    """Return a gauge: its values go up and down."""
    return Tally(name, "gauge", about=about, labels=labels)
