"""Numbers with labels, in plain dicts: for the event loop's thread alone.

The library's own have a lock for each series, and one more series (`_created`) for each
that tells when it began.
"""

from dataclasses import dataclass, field

from proxy.metrics import text
from proxy.metrics.series import NAMESPACE


@dataclass(frozen=True, slots=True)
class Tally:
    """One metric: a number for each combination of labels that has been seen."""

    name: str
    """As it is told, with its end."""
    kind: str
    about: str
    labels: tuple[str, ...]
    _values: dict[tuple[str, ...], float] = field(default_factory=dict)
    _series: dict[tuple[str, ...], str] = field(default_factory=dict)

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
        """Show none of the numbers any more; what they are called stays known."""
        self._values.clear()

    def drop(self, *labels: str) -> None:
        """Show a number no more."""
        self._values.pop(labels, None)

    def text(self) -> str:
        """Write the numbers down."""
        written = [(self._named(labels), n) for labels, n in self._values.items()]
        return text.head(self.name, self.kind, self.about) + text.lines(written)

    def _named(self, labels: tuple[str, ...]) -> str:
        named = self._series.get(labels)
        if named is None:
            pairs = dict(zip(self.labels, labels, strict=True))
            named = self._series[labels] = text.series(self.name, pairs)
        return named


def counter(name: str, about: str, *labels: str) -> Tally:
    """Return a number that only grows."""
    return Tally(f"{NAMESPACE}_{name}_total", "counter", about, labels)


def gauge(name: str, about: str, *labels: str) -> Tally:
    """Return a number that goes up and down."""
    return Tally(f"{NAMESPACE}_{name}", "gauge", about, labels)
