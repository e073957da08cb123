"""A source as its keeper asks it: how it answered, and when it may be asked again."""

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
    """Asks the source of one stream, and keeps account of its answers.

    `local` says that it signs by itself, which asks nobody. `seconds` is how long an
    answer may take; `turn` is when its service may be asked. What is mutable: `retry`,
    `error` and `_pace` with each attempt, `_seen` when the files are looked at.
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
        """Whether the source rests on files."""
        return self._watched is not None

    @property
    def paid(self) -> frozenset[str]:
        """What the source sent lately that no player may see."""
        return frozenset() if self._paying is None else self._paying.paid

    @property
    def trouble(self) -> SourceError | None:
        """Why the last attempt brought no token, or why none may start."""
        return self.error or (self.turn.allowance.error if self.turn.barred else None)

    def now(self) -> Now:
        """Read both clocks."""
        return Now(self._clock.wall(), self._clock.mono())

    def fingerprint(self) -> bytes:
        """Return what changes when the files behind the source do."""
        return b"" if self._watched is None else self._watched.fingerprint()

    def files_changed(self) -> bool:
        """Tell whether the files behind the source changed since the last attempt."""
        if self._watched is None or self._seen is None:
            return False
        return self._watched.fingerprint() != self._seen

    def paced(self, now: Now) -> float:
        """Return the seconds for which no attempt may start, whoever wants one."""
        if self.local:
            return 0.0  # signing asks nobody
        return max(self._pace.wait(now.mono), self.turn.wait())

    def paused(self) -> float:
        """Return the seconds that are left of a pause that the service asked for."""
        return self.turn.allowance.paused()

    def barred(self) -> bool:
        """Tell whether nothing is gained by asking now, even if a refusal wants to."""
        firm = self.retry.firm and self.retry.at > self._clock.mono()
        return firm or self.paused() > 0

    def begin(self, mono: float) -> None:
        """Take note that an attempt begins."""
        self._pace = self._pace.started(mono)
        self.look_at_files()

    def look_at_files(self) -> None:
        """Take note of the files behind the source as they are now."""
        if self._watched is not None:
            self._seen = self._watched.fingerprint()

    async def answer(self, *, seconds: float | None = None) -> Token:
        """Return the source's token, within a turn; raise `SourceError` if none comes.

        Cancelling ends what the source does.
        """
        seconds = self._seconds if seconds is None else seconds
        answer = fetched(self._source, self._clock, seconds, stream=self.stream)
        return await self.turn.ask(answer)

    def presume(self, error: SourceError, life: Life | None) -> None:
        """Count an attempt that is under way as failed, until it has succeeded.

        What was told before of the source is told on.
        """
        self.error = self.error or error
        self.retry = self._after(error, life, self.retry)

    def failed(
        self, error: SourceError, life: Life | None, *, before: Retry | None = None
    ) -> None:
        """Take note of a failure; `life` is that of the newest token there is.

        `before` is what held when the attempt began, if that was presumed to fail.
        """
        self._pace = self._pace.failed()
        self.error = error.without_trace()
        self.retry = self._after(error, life, before or self.retry)

    def came(self, valid: float, retry: Retry) -> None:
        """Take note of a token that may be sent for so long, and what it means."""
        self._pace = self._pace.succeeded(valid)
        self.forgive(retry)

    def forgive(self, retry: Retry | None = None) -> None:
        """Forget the last error, and what was to be waited for."""
        self.error, self.retry = None, retry or Retry()

    def hurry(self) -> None:
        """Forget what was to be waited for: it may be over."""
        self.retry = Retry()

    def unavailable(self) -> TokenUnavailableError:
        """Return what to tell a request for which there is no token."""
        now = self.now()
        wait = max(self.retry.at - now.mono, self.paced(now))
        if self.watched:
            # Another content ends the wait, and it is seen that soon.
            wait = max(min(wait, WATCH_SECONDS), self.paused())
        trouble = self.trouble
        return TokenUnavailableError(
            f"no token for {self.stream}: "
            f"{trouble or 'its source has not answered yet'}",
            retry_after=max(1.0, wait),
            for_all=trouble is not None and trouble.for_all,
        )

    def too_early(self, seconds: float) -> TokenUnavailableError:
        """Return what to tell while the token that came is not valid yet."""
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
