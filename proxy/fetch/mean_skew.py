"""How far the clock of a stream's upstream is ahead of ours, on average."""

from collections.abc import Callable

from proxy.core.tokens.times.skew import mean_skew
from proxy.events.upstream import ClockSkew


class MeanSkew:
    """Collects measurements, and reports their moving average."""

    def __init__(self, stream: str, report: Callable[[ClockSkew], None]) -> None:
        """`stream` is the configured name; members of a family measure together."""
        self._stream = stream
        self._report = report
        self._mean: float | None = None

    def measured(self, skew: float) -> None:
        """Record how many seconds the upstream's clock is ahead of ours."""
        self._mean = mean_skew(self._mean, skew)
        self._report(ClockSkew(self._stream, self._mean))
