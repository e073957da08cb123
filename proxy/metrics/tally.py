"""Numbers with labels, in plain dicts: for the event loop's thread alone.

The library's own metrics have a lock for each series, and one more series (`_created`)
for each that says when it began. So it only writes these down.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client.metrics_core import Metric

from proxy.metrics.series import NAMESPACE


@dataclass(frozen=True, slots=True)
class Tally:
    """One metric: a number for each combination of labels that has been seen."""

    name: str
    kind: str
    """As Prometheus calls it: counter, gauge."""
    about: str
    labels: tuple[str, ...]
    _values: dict[tuple[str, ...], float] = field(default_factory=dict)

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Count."""
        self._values[labels] = self._values.get(labels, 0.0) + by

    def begin(self, *labels: str) -> None:
        """Show a number before there is anything to count.

        For those that alerts watch: the growth of a series that begins with its first
        event is not seen.
        """
        self._values.setdefault(labels, 0.0)

    def set(self, value: float, *labels: str) -> None:
        """Replace a number."""
        self._values[labels] = value

    def clear(self) -> None:
        """Show none of the numbers any more."""
        self._values.clear()

    def drop(self, *labels: str) -> None:
        """Show a number no more."""
        self._values.pop(labels, None)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric as the library writes it down."""
        name = f"{NAMESPACE}_{self.name}"
        metric = Metric(name, self.about, self.kind)
        of = f"{name}_total" if self.kind == "counter" else name
        for labels, value in self._values.items():
            pairs = dict(zip(self.labels, labels, strict=True))
            metric.add_sample(of, pairs, value)
        yield metric


def counter(name: str, about: str, *labels: str) -> Tally:
    """Return a number that only grows."""
    return Tally(name, "counter", about, labels)


def gauge(name: str, about: str, *labels: str) -> Tally:
    """Return a number that goes up and down."""
    return Tally(name, "gauge", about, labels)
