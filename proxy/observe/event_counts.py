"""Count events in the metrics."""

from proxy.events.event import Event
from proxy.events.refresh import Outcome, Refresh
from proxy.events.reload import ConfigurationLoaded, Reloaded
from proxy.events.stream_change import StreamConfigured, StreamRemoved
from proxy.events.upstream import ClockSkew, Exchange
from proxy.events.visit import VisitEnded
from proxy.metrics import Metrics


class EventCounts:
    """A sink that updates the metrics for every event."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, event: Event) -> None:
        """Count the event."""
        metrics = self._metrics
        match event:
            case VisitEnded():
                self._visit(event)
            case Exchange():
                metrics.exchanges.count(
                    event.stream,
                    event.kind,
                    str(event.failure or f"{(event.status or 0) // 100}xx"),
                    event.head_seconds,
                    hedged=event.hedged,
                )
            case Refresh():
                self._refresh(event)
            case ClockSkew():
                metrics.refreshes.skewed(event.stream, event.mean_seconds)
            case StreamConfigured():
                metrics.begin(event.stream, has_token=event.has_token)
            case StreamRemoved():
                metrics.refreshes.skewed(event.stream, 0.0)  # drops the gauge
            case ConfigurationLoaded():
                metrics.program.loaded(event.wall)
            case Reloaded():
                metrics.program.reloaded(event.outcome)

    def _refresh(self, event: Refresh) -> None:
        if event.outcome is Outcome.CLOCK_JUMPED:
            self._metrics.refreshes.jumped()
        elif not event.elsewhere:  # else it is counted where the attempt was made
            self._metrics.refreshes.count(event.stream, event.outcome)

    def _visit(self, event: VisitEnded) -> None:
        if event.status is not None:
            self._metrics.answers.count(
                event.stream, event.status, event.sent, event.head_seconds
            )
        if event.cut is not None:
            self._metrics.answers.cut(event.stream, event.cut)
