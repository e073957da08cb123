"""Writes what the parts report to the log and to the metrics: the same event in both.

The last trouble is kept, in a few words, for the pages of the program.
"""

import logging
from collections.abc import Callable

import structlog

from proxy.core.tokens.secrets.recogniser import SHORTEST
from proxy.core.tokens.times.skew import CALM_SECONDS, WARN_SECONDS, mean_skew
from proxy.localise.playlist_warnings import PlaylistWarning
from proxy.metrics import Metrics
from proxy.tokens.report import Outcome, Reason, Refresh
from proxy.upstream.question import Exchange

log = structlog.get_logger()

# Others are part of every day: a segment that has left, a stream that has not begun.
_REFUSALS = frozenset({401, 403, 410, 429, *range(500, 600)})
_TROUBLES = frozenset({Outcome.FAILED, Outcome.REJECTED})
_FAILED = "its source failed"
_WORDS = {
    Reason.ASKED_TO_WAIT: "its source asked to wait",
    Reason.PERMANENT: "its source failed, and will until something changes",
}


class Reports:
    """Receives the reports of one stream, or of all members of a family."""

    def __init__(
        self, stream: str, metrics: Metrics, watch: Callable[[Refresh], None]
    ) -> None:
        """`watch` is told about every refresh as well: a display, a test."""
        # Told of every exchange, it would cost as much as all else about one.
        self._chatty = log.bind().is_enabled_for(logging.DEBUG)
        self._stream = stream
        self._metrics = metrics
        self._watch = watch
        self._problems: dict[str, str] = {}  # by sort, the latest at the end
        self._skew: float | None = None
        self._warned_of_skew = False
        self._exposed: set[str] = set()

    @property
    def last_problem(self) -> str | None:
        """The latest trouble in a few words, until the same sort of thing succeeds."""
        return next(reversed(self._problems.values()), None)

    def refresh(self, refresh: Refresh) -> None:
        """Tell about an attempt to get a token."""
        self._watch(refresh)
        if refresh.outcome is Outcome.CLOCK_JUMPED:
            self._metrics.clock_jumped()
        else:
            self._metrics.refreshed(self._stream, refresh.outcome)
            self._note_refresh(refresh)
        if refresh.outcome is Outcome.MINTED:
            tell = log.debug  # short tokens are signed for each request
        else:
            tell = log.warning if refresh.outcome in _TROUBLES else log.info
        lifetime = refresh.lives
        tell(
            f"token {refresh.outcome}",
            stream=self._stream,
            generation=refresh.generation,
            **_known(
                lifetime_seconds=None if lifetime is None else round(lifetime, 1),
                reason=str(refresh.reason) or None,
                detail=refresh.detail or None,
            ),
        )

    def exchange(self, exchange: Exchange) -> None:
        """Tell about one request upstream."""
        outcome = str(exchange.failure or f"{(exchange.status or 0) // 100}xx")
        self._metrics.asked_upstream(
            self._stream,
            exchange.kind,
            outcome,
            exchange.head_seconds,
            hedged=exchange.hedged,
        )
        refused = exchange.status in _REFUSALS
        trouble = exchange.failure or (f"status {exchange.status}" if refused else None)
        # By role: a playlist that comes does not mean that its segments do.
        role = str(exchange.kind)
        self._note(role, trouble and f"upstream, {role}: {trouble}")
        if trouble is None:
            self._note(Outcome.REJECTED, None)
        if trouble is None and not self._chatty:
            return
        if exchange.failure is not None:
            tell = log.warning
        else:
            tell = log.info if refused else log.debug
        tell(
            "upstream",
            stream=self._stream,
            role=role,
            seconds=round(exchange.seconds, 3),
            bytes=exchange.received,
            **_known(
                status=exchange.status,
                failure=exchange.failure and str(exchange.failure),
                hedged=exchange.hedged or None,
            ),
        )

    def skewed(self, skew: float) -> None:
        """Tell how many seconds an upstream's clock is ahead of ours.

        The mean is a number; it is told in words once when it becomes dangerous.
        """
        mean = self._skew = mean_skew(self._skew, skew)
        self._metrics.skewed(self._stream, mean)
        if abs(mean) <= CALM_SECONDS:
            self._warned_of_skew = False
        elif abs(mean) > WARN_SECONDS and not self._warned_of_skew:
            self._warned_of_skew = True
            side = "ahead of" if mean > 0 else "behind"
            log.warning(
                "clock skew",
                stream=self._stream,
                seconds=round(mean),
                about=f"the upstream's clock is {side} this machine's; if other streams"
                " show the same, set this machine's clock; else ask who runs it",
            )

    def playlist_warning(
        self, warning: PlaylistWarning, path: str, more: str = ""
    ) -> None:
        """Tell once about something in a playlist that the operator should know."""
        about = f"{warning}: {more}" if more else str(warning)
        log.warning("playlist", stream=self._stream, path=path, about=about)

    def exposed(self, what: str) -> None:
        """Tell once about a secret that cannot be kept from players everywhere."""
        if what not in self._exposed:
            self._exposed.add(what)
            log.warning(
                "short secret",
                stream=self._stream,
                about=f"{what}: shorter than {SHORTEST} characters or a number, so it"
                " cannot be removed from answers that repeat it",
            )

    def _note_refresh(self, refresh: Refresh) -> None:
        """Note why there is no token; one that came ends the trouble before it."""
        match refresh.outcome:
            case Outcome.REJECTED:
                self._note(Outcome.REJECTED, "token: the upstream refuses it")
            case Outcome.FAILED:
                self._note("token", f"token: {_WORDS.get(refresh.reason, _FAILED)}")
            case _:
                self._note("token", None)

    def _note(self, sort: str, problem: str | None) -> None:
        self._problems.pop(sort, None)
        if problem is not None:
            self._problems[sort] = problem


def _known(**fields: object) -> dict[str, object]:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
