"""Write events to the log."""

import logging

import structlog

from proxy import log
from proxy.core.tokens.secrets.spellings import SHORTEST
from proxy.core.tokens.times.skew import CALM_SECONDS, WARN_SECONDS
from proxy.events.event import Event
from proxy.events.exposed_secret import SecretExposed
from proxy.events.playlist_warning import PlaylistWarned
from proxy.events.refresh import TROUBLES, Outcome, Refresh
from proxy.events.reload import ConfigurationLoaded, Reloaded, ReloadOutcome
from proxy.events.stream_change import StreamRemoved
from proxy.events.upstream import ClockSkew, Exchange
from proxy.events.visit import VisitEnded

# A name can be as long as a request line; a log line should be shorter.
_NAME_CHARS = 200
_SERVER_ERROR = 500


class EventLog:
    """A sink that logs the events that an operator should see.

    It uses the log settings from when it was created, or from the last reload.
    """

    def __init__(self) -> None:
        self._skewed: set[str] = set()
        """Configured streams with a clock-skew warning: these are few."""
        self._exposed: set[SecretExposed] = set()
        self._bind()

    def __call__(self, event: Event) -> None:
        """Log the event."""
        match event:
            case VisitEnded():
                self._visit(event)
            case Exchange():
                self._exchange(event)
            case Refresh():
                self._refresh(event)
            case ClockSkew():
                self._skew(event)
            case PlaylistWarned(more=more):
                about = f"{event.warning}: {more}" if more else str(event.warning)
                self._log.warning(
                    "playlist", stream=event.stream, path=event.path, about=about
                )
            case SecretExposed():
                self._secret(event)
            case StreamRemoved():
                self._forget(event.stream)
            case ConfigurationLoaded():
                self._bind()
            case Reloaded():
                self._reload(event)

    def _bind(self) -> None:
        # Bound once. Otherwise structlog binds again for each line, which takes as long
        # as writing the line.
        self._log: structlog.typing.FilteringBoundLogger = structlog.get_logger().bind()
        # Bypass structlog's logger: these write a line for each request.
        self._debug, self._info = log.direct("debug"), log.direct("info")
        self._warning = log.direct("warning")
        # Building the fields of an exchange costs more than all its other handling.
        self._chatty = self._log.is_enabled_for(logging.DEBUG)

    def _visit(self, event: VisitEnded) -> None:
        # Unpacked at once for speed, since there is an event for each request.
        method, stream, path, page, status, _, seconds, sent, problem, detail, cut = (
            event
        )
        fields = {
            "method": method,
            "stream": stream or None,
            "name": path[:_NAME_CHARS] or None,
            "status": status,
            "bytes": sent,
            "seconds": round(seconds, 3),
        }
        if problem or detail or cut:
            more = {"problem": problem, "detail": detail, "cut": cut}
            fields.update((name, text) for name, text in more.items() if text)
        fields["event"] = "request"
        if page:
            # Probes and scrapes come every few seconds and are of no interest.
            self._debug(fields)
        elif status is not None and status >= _SERVER_ERROR:
            self._warning(fields)
        else:
            self._info(fields)

    def _exchange(self, event: Exchange) -> None:
        if event.failure is not None:
            write = self._log.warning
        elif event.refused:
            write = self._log.info
        elif self._chatty:
            write = self._log.debug
        else:
            return
        write(
            "upstream",
            stream=event.stream,
            role=str(event.kind),
            seconds=round(event.seconds, 3),
            bytes=event.received,
            **_known(
                status=event.status,
                failure=event.failure and str(event.failure),
                hedged=event.hedged or None,
            ),
        )

    def _refresh(self, event: Refresh) -> None:
        if event.outcome is Outcome.MINTED or event.elsewhere:
            # Short-lived tokens are signed for each request, and another process logs
            # what it asked for.
            write = self._log.debug
        else:
            write = self._log.warning if event.outcome in TROUBLES else self._log.info
        lifetime = event.lives
        write(
            f"token {event.outcome}",
            stream=event.stream,
            generation=event.generation,
            **_known(
                lifetime_seconds=None if lifetime is None else round(lifetime, 1),
                reason=str(event.reason) or None,
                detail=event.detail or None,
            ),
        )

    def _skew(self, event: ClockSkew) -> None:
        """Warn once if the skew is dangerous; warn again only after it was calm."""
        mean = event.mean_seconds
        if abs(mean) <= CALM_SECONDS:
            self._skewed.discard(event.stream)
        elif abs(mean) > WARN_SECONDS and event.stream not in self._skewed:
            self._skewed.add(event.stream)
            side = "ahead of" if mean > 0 else "behind"
            self._log.warning(
                "clock skew",
                stream=event.stream,
                seconds=round(mean),
                about=f"the upstream's clock is {side} this machine's; if other streams"
                " show the same, set this machine's clock; else ask who runs it",
            )

    def _secret(self, event: SecretExposed) -> None:
        """Warn once about each secret."""
        if event not in self._exposed:
            self._exposed.add(event)
            self._log.warning(
                "short secret",
                stream=event.stream,
                about=f"{event.what}: shorter than {SHORTEST} characters or a number,"
                " so it cannot be removed from answers that repeat it",
            )

    def _forget(self, stream: str) -> None:
        """Forget a stream's warnings, so that they are repeated if it comes back."""
        self._skewed.discard(stream)
        self._exposed = {each for each in self._exposed if each.stream != stream}

    def _reload(self, event: Reloaded) -> None:
        if event.outcome is ReloadOutcome.REFUSED:
            for problem in event.problems:
                self._log.error("configuration refused", problem=problem)
            return
        self._log.info(
            "configuration",
            outcome=str(event.outcome),
            added=", ".join(event.added) or None,
            replaced=", ".join(event.replaced) or None,
            removed=", ".join(event.removed) or None,
        )
        for key in event.waiting:
            self._log.warning(
                "configuration waits", key=key, about="takes effect at a restart"
            )


def _known(**fields: object) -> dict[str, object]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
