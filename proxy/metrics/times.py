"""Histograms of durations, for the event loop's thread only."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client.metrics_core import HistogramMetricFamily, Metric

from proxy.metrics.series import NAMESPACE, SECONDS

_ENDS = (*map(str, SECONDS), "+Inf")


@dataclass(slots=True)
class _Seen:
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * len(_ENDS))


@dataclass(frozen=True, slots=True)
class Durations:
    """A histogram for each combination of labels that has been seen.

    Each histogram is a dozen series, so no label may be the name of a stream.
    """

    name: str
    about: str
    labels: tuple[str, ...] = ()
    _seen: dict[tuple[str, ...], _Seen] = field(default_factory=dict)

    def add(self, seconds: float, *labels: str) -> None:
        """Count a duration."""
        seen = self._seen.get(labels)
        if seen is None:
            seen = self._seen[labels] = _Seen()
        seen.seconds += seconds
        seen.buckets[bisect_left(SECONDS, seconds)] += 1

    def collect(self) -> Iterator[Metric]:
        """Yield the metric in the form that the library renders."""
        family = HistogramMetricFamily(
            f"{NAMESPACE}_{self.name}", self.about, labels=self.labels
        )
        for labels, seen in self._seen.items():
            reached = zip(_ENDS, accumulate(seen.buckets), strict=True)
            family.add_metric(labels, list(reached), seen.seconds)
        yield family
