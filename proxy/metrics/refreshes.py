"""Metrics about tokens, and the clocks that their life is measured by."""

from proxy.metrics.tally import counter, gauge

_LEAST_SKEW_SECONDS = 1.0
"""`Date` has whole seconds, so a smaller difference means nothing."""

_BAD_REFRESHES = ("failed", "rejected")
"""The outcomes that alerts watch."""


class TokenMetrics:
    """The attempts to get tokens, and the clocks. For the event loop's thread only."""

    def __init__(self) -> None:
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
        self.parts = (self._refreshes, self._clock_jumps, self._skew)

    def begin(self, stream: str) -> None:
        """Show a stream's failures as 0 before the first one."""
        for watched in _BAD_REFRESHES:
            self._refreshes.begin(stream, watched)

    def count(self, stream: str, outcome: str) -> None:
        """Count an attempt to get a token."""
        self._refreshes.add(stream, outcome)

    def jumped(self) -> None:
        """Count a step of the wall clock or the end of a suspend."""
        self._clock_jumps.add()

    def skewed(self, stream: str, seconds: float) -> None:
        """Record how many seconds the upstream's clock is ahead of ours."""
        if abs(seconds) < _LEAST_SKEW_SECONDS:
            self._skew.drop(stream)
        else:
            self._skew.set(seconds, stream)
