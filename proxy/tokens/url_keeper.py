"""The keeper of tokens that are bound to one URL each: signed at use, never kept."""

import contextlib
import math
from collections.abc import AsyncIterator
from dataclasses import replace

from proxy.clock import Clock
from proxy.core.tokens.freshness import Life, Phase, mean_skew
from proxy.core.tokens.refresh_policy import WATCH_SECONDS
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.tokens.refusals import Refusals
from proxy.tokens.report import Outcome, Reason, Refresh, Report
from proxy.tokens.source import UrlSigner, Watched


class UrlKeeper:
    """Hands out what signs for any URL of one stream.

    A generation is what was signed with one key, until a refusal forces the next: so
    50 refusals at a time count as one, as for a token that is kept.
    """

    def __init__(
        self, signer: UrlSigner, *, stream: str, clock: Clock, report: Report
    ) -> None:
        self.generation = 1
        self._signer = signer
        self._watched = signer if isinstance(signer, Watched) else None
        self._seen = self._watched.fingerprint() if self._watched else b""
        self._stream = stream
        self._clock = clock
        self._report = report
        self._refusals = Refusals(clock=clock, rejected=self._rejected)
        self._look_at = clock.mono() + WATCH_SECONDS
        self._skew: float | None = None
        self._minted = 0
        """The last generation that was reported."""
        self._error: SourceError | None = None
        self._complained_at = -math.inf

    @property
    def usable(self) -> bool:
        """Whether the last URL could be signed for."""
        return self._error is None

    def seconds_left(self) -> float | None:
        """Return nothing: no token is kept."""
        return None

    async def token(self) -> KeptToken:
        """Return what signs, at once; every 5 s look at the files behind the signer."""
        if self._watched and self._clock.mono() >= self._look_at:
            self._look_at = self._clock.mono() + WATCH_SECONDS
            before, self._seen = self._seen, self._watched.fingerprint()
            self.generation += before != self._seen
        return KeptToken(Token({}), self.generation, sign=self._sign)

    async def refused(self, kept: KeptToken) -> KeptToken:
        """Return what signs anew for a URL whose token was refused.

        The same comes back if that may not be tried now.
        """
        if kept.generation == self.generation:
            if not self._refusals.may_force(self.generation + 1):
                return kept
            self.generation += 1
        return await self.token()

    def accepted(self, kept: KeptToken) -> None:
        """Take note that the upstream accepted a token of this generation."""
        self._refusals.accepted(kept.generation)

    def measured(self, skew: float) -> None:
        """Take note that the others' clocks are so many seconds ahead of ours."""
        self._skew = mean_skew(self._skew, skew)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do nothing: nothing is renewed ahead of its use."""
        yield

    def _sign(self, url: str) -> Token:
        """Return a token that is good now; raise TokenUnavailableError otherwise."""
        try:
            token = self._signed(url)
        except SourceError as exc:
            self._error = exc
            raise TokenUnavailableError(
                f"no token for {self._stream}: {exc}", retry_after=WATCH_SECONDS
            ) from exc
        self._error = None
        return token

    def _signed(self, url: str) -> Token:
        try:
            token = self._signer.sign(url)
        except SourceError as exc:
            # A key that was replaced by an unusable one is complained about once;
            # after that the last good one goes on.
            self._complain(exc)
            token = self._signer.sign(url)
        now = self._clock.wall()
        life, skew = Life.of(now, token.expires_at, draw=0.0), self._skew or 0.0
        if life.phase(now, skew=skew) is Phase.UNUSABLE:
            raise SourceError("what was signed has expired, or is about to")
        if self._minted != self.generation:
            self._minted = self.generation
            lives = None if math.isinf(life.lifetime) else life.lifetime
            self._tell(Outcome.MINTED, lives=lives)
        return replace(token, until=life.until(skew=skew))

    def _complain(self, exc: SourceError) -> None:
        # Every request signs; one line for all that fail meanwhile is enough.
        if self._clock.mono() - self._complained_at >= WATCH_SECONDS:
            self._complained_at = self._clock.mono()
            reason = Reason.FAULT if exc.recoverable else Reason.PERMANENT
            self._tell(Outcome.FAILED, reason=reason, detail=str(exc))

    def _rejected(self) -> None:
        self._tell(Outcome.REJECTED)

    def _tell(
        self,
        outcome: Outcome,
        *,
        lives: float | None = None,
        reason: Reason = Reason.NONE,
        detail: str = "",
    ) -> None:
        self._report(
            Refresh(self._stream, outcome, self.generation, lives, reason, detail)
        )
