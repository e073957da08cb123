"""Lengths of time, counted by how long they were: for the event loop's thread alone."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from proxy.metrics import text
from proxy.metrics.series import NAMESPACE, SECONDS

_ENDS = (*map(str, SECONDS), "+Inf")


@dataclass(slots=True)
class _Seen:
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * len(_ENDS))


@dataclass(frozen=True, slots=True)
class Times:
    """A histogram for each combination of labels that has been seen.

    Each is a dozen series, so that no label may be the name of a stream.
    """

    name: str
    about: str
    labels: tuple[str, ...] = ()
    _seen: dict[tuple[str, ...], _Seen] = field(default_factory=dict)

    def add(self, seconds: float, *labels: str) -> None:
        """Count a length of time."""
        seen = self._seen.get(labels)
        if seen is None:
            seen = self._seen[labels] = _Seen()
        seen.seconds += seconds
        seen.buckets[bisect_left(SECONDS, seconds)] += 1

    def text(self) -> str:
        """Write the numbers down."""
        name = f"{NAMESPACE}_{self.name}"
        written = text.lines(self._series(name))
        return text.head(name, "histogram", self.about) + written

    def _series(self, name: str) -> Iterator[tuple[str, float]]:
        for labels, seen in self._seen.items():
            pairs = dict(zip(self.labels, labels, strict=True))
            for end, reached in zip(_ENDS, accumulate(seen.buckets), strict=True):
                yield text.series(f"{name}_bucket", pairs | {"le": end}), reached
            yield text.series(f"{name}_count", pairs), sum(seen.buckets)
            yield text.series(f"{name}_sum", pairs), seen.seconds
