"""A source as its keeper uses it: its last answer, and when to ask it again."""

import random

from proxy.clock import Clock
from proxy.core.tokens.refresh.freshness import Life
from proxy.core.tokens.refresh.pace import Pace
from proxy.core.tokens.refresh.refresh_policy import WATCH_SECONDS, Now, Retry
from proxy.core.tokens.token import Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.tokens.source import Paying, Source, Watched
from proxy.tokens.turns.turn import Turn
from proxy.tokens.waiting import fetched


class AskedSource:
    """Asks the source of one stream, and remembers the results.

    `local` means that the source signs by itself and asks no service. `seconds` is the
    timeout of an answer. `turn` controls when its service may be asked. Mutable state:
    `retry`, `error` and `_pace` change with each attempt, `_seen` when the files are
    checked.
    """

    def __init__(
        self,
        source: Source,
        *,
        stream: str,
        local: bool,
        seconds: float,
        clock: Clock,
        rng: random.Random,
        turn: Turn | None = None,
    ) -> None:
        self.retry = Retry()
        self.error: SourceError | None = None
        self.stream = stream
        self.local = local
        self.turn = turn or Turn.unlimited(clock=clock)
        self.rng = rng
        self._source = source
        self._watched = source if isinstance(source, Watched) else None
        self._paying = source if isinstance(source, Paying) else None
        self._seen: bytes | None = None
        self._pace = Pace()
        self._seconds = seconds
        self._clock = clock

    @property
    def watched(self) -> bool:
        """Whether the source depends on files."""
        return self._watched is not None

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that the source sent recently and that no player may see."""
        return frozenset() if self._paying is None else self._paying.paid

    @property
    def trouble(self) -> SourceError | None:
        """Why the last attempt returned no token, or why none may start."""
        return self.error or (self.turn.allowance.error if self.turn.barred else None)

    def now(self) -> Now:
        """Return the time of both clocks."""
        return Now(self._clock.wall(), self._clock.mono())

    def fingerprint(self) -> bytes:
        """Return a value that changes when the source's files change."""
        return b"" if self._watched is None else self._watched.fingerprint()

    def files_changed(self) -> bool:
        """Return whether the source's files changed since the last attempt."""
        if self._watched is None or self._seen is None:
            return False
        return self._watched.fingerprint() != self._seen

    def paced(self, now: Now) -> float:
        """Return the seconds for which no attempt may start, for any caller."""
        if self.local:
            return 0.0  # signing asks no service
        return max(self._pace.wait(now.mono), self.turn.wait())

    def paused(self) -> float:
        """Return the seconds left of a pause that the service asked for."""
        return self.turn.allowance.paused()

    def barred(self) -> bool:
        """Return whether asking now is useless, even after a refusal."""
        firm = self.retry.firm and self.retry.at > self._clock.mono()
        return firm or self.paused() > 0

    def begin(self, mono: float) -> None:
        """Record that an attempt begins."""
        self._pace = self._pace.started(mono)
        self.look_at_files()

    def look_at_files(self) -> None:
        """Record the current state of the source's files."""
        if self._watched is not None:
            self._seen = self._watched.fingerprint()

    async def answer(self, *, seconds: float | None = None) -> Token:
        """Return the source's token, within a turn; raise `SourceError` on failure.

        Cancelling also cancels the source.
        """
        seconds = self._seconds if seconds is None else seconds
        answer = fetched(self._source, self._clock, seconds, stream=self.stream)
        return await self.turn.ask(answer)

    def presume(self, error: SourceError, life: Life | None) -> None:
        """Count a running attempt as failed until it has succeeded.

        An earlier error of the source is kept.
        """
        self.error = self.error or error
        self.retry = self._after(error, life, self.retry)

    def failed(
        self, error: SourceError, life: Life | None, *, before: Retry | None = None
    ) -> None:
        """Record a failure; `life` is that of the newest token.

        `before` is the state when the attempt began, if the attempt was presumed to
        fail.
        """
        self._pace = self._pace.failed()
        self.error = error.without_trace()
        self.retry = self._after(error, life, before or self.retry)

    def came(self, valid: float, retry: Retry) -> None:
        """Record a token; `valid` is for how many seconds it may be sent."""
        self._pace = self._pace.succeeded(valid)
        self.forgive(retry)

    def forgive(self, retry: Retry | None = None) -> None:
        """Forget the last error and the wait after it."""
        self.error, self.retry = None, retry or Retry()

    def hurry(self) -> None:
        """Forget the wait: its reason may be over."""
        self.retry = Retry()

    def unavailable(self) -> TokenUnavailableError:
        """Return the error for a request for which there is no token."""
        now = self.now()
        wait = max(self.retry.at - now.mono, self.paced(now))
        if self.watched:
            # A change of the files ends the wait, and is noticed within this time.
            wait = max(min(wait, WATCH_SECONDS), self.paused())
        trouble = self.trouble
        return TokenUnavailableError(
            f"no token for {self.stream}: "
            f"{trouble or 'its source has not answered yet'}",
            retry_after=max(1.0, wait),
            for_all=trouble is not None and trouble.for_all,
        )

    def too_early(self, seconds: float) -> TokenUnavailableError:
        """Return the error while the received token is not valid yet."""
        return TokenUnavailableError(
            f"no token for {self.stream}: the one that came is not valid for another "
            f"{seconds:.0f} s, by its nbf and the upstream's clock",
            retry_after=max(1.0, seconds),
        )

    def _after(self, error: SourceError, life: Life | None, before: Retry) -> Retry:
        return before.failed(
            life,
            self.now(),
            draw=self.rng.random(),
            recoverable=error.recoverable,
            retry_after=error.retry_after,
            useless=error.useless,
        )
