"""What the parts report, told to the log and to the metrics: the same event in both."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from proxy.metrics import Metrics
from proxy.streams.oddities import Oddity
from proxy.tokens.report import Outcome, Refresh
from proxy.upstream.question import Exchange

log = structlog.get_logger()

_TROUBLES = frozenset({Outcome.FAILED, Outcome.REJECTED})


@dataclass(frozen=True, slots=True)
class Reports:
    """Receives the reports of one stream."""

    stream: str
    metrics: Metrics
    watch: Callable[[Refresh], None]
    """Told about every refresh as well: a display, a test."""

    def refresh(self, refresh: Refresh) -> None:
        """Tell about an attempt to get a token."""
        self.watch(refresh)
        if refresh.outcome is Outcome.CLOCK_JUMPED:
            self.metrics.clock_jumped()
        else:
            self.metrics.refreshed(self.stream, refresh.outcome)
        if refresh.outcome is Outcome.MINTED:
            tell = log.debug  # short tokens are signed for each request
        else:
            tell = log.warning if refresh.outcome in _TROUBLES else log.info
        tell(
            f"token {refresh.outcome}",
            stream=self.stream,
            generation=refresh.generation,
            lives=refresh.lives,
            reason=str(refresh.reason) or None,
            detail=refresh.detail or None,
        )

    def exchange(self, exchange: Exchange) -> None:
        """Tell about one request upstream."""
        outcome = str(exchange.failure or f"{(exchange.status or 0) // 100}xx")
        self.metrics.asked_upstream(
            self.stream, exchange.kind, outcome, exchange.seconds
        )
        tell = log.debug if exchange.failure is None else log.warning
        tell(
            "upstream",
            stream=self.stream,
            role=str(exchange.kind),
            status=exchange.status,
            failure=exchange.failure and str(exchange.failure),
            seconds=round(exchange.seconds, 3),
            bytes=exchange.received,
        )

    def oddity(self, oddity: Oddity, path: str) -> None:
        """Tell once about something in a playlist that the operator should know."""
        log.warning("playlist", stream=self.stream, path=path, about=str(oddity))
