"""The keeper of tokens that are bound to one URL each: signed when used, never kept."""

import contextlib
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from proxy.clock import Clock
from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.refresh_policy import WATCH_SECONDS
from proxy.core.tokens.refresh.skews import Skews
from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.events.refresh import Outcome, Refresh
from proxy.tokens.keepers.refusals import Refusals
from proxy.tokens.keepers.telling import Teller
from proxy.tokens.source import UrlSigner, Watched


class UrlKeeper:
    """Returns a signer for any URL of one stream; a `Keeper`.

    A generation covers everything signed with one key, until a refusal forces the next.
    So 50 simultaneous refusals count as one, as for a kept token.
    """

    def __init__(
        self,
        signer: UrlSigner,
        *,
        stream: str,
        clock: Clock,
        report: Callable[[Refresh], None],
    ) -> None:
        self.generation = 1
        self._signer = signer
        self._watched = signer if isinstance(signer, Watched) else None
        self._seen = self._watched.fingerprint() if self._watched else b""
        self._teller = Teller(stream=stream, report=report)
        self._clock = clock
        self._refusals = Refusals(clock=clock, rejected=self._rejected)
        self._look_at = clock.mono() + WATCH_SECONDS
        self._skews = Skews()
        self._minted = 0
        """The last generation that was reported."""
        self._error: SourceError | None = None
        self._complained_at = -math.inf

    @property
    def paid(self) -> frozenset[str]:
        """Empty: it signs by itself and sends no secrets."""
        return frozenset()

    @property
    def usable(self) -> bool:
        """Whether the last signature succeeded."""
        return self._error is None

    @property
    def cold(self) -> bool:
        """False: no token is kept that could expire."""
        return False

    def seconds_left(self) -> float | None:
        """Return None: no token is kept."""
        return None

    async def token(self) -> KeptToken:
        """Return a signer at once; check the signer's files every 5 s."""
        if self._watched and self._clock.mono() >= self._look_at:
            self._look_at = self._clock.mono() + WATCH_SECONDS
            before, self._seen = self._seen, self._watched.fingerprint()
            self.generation += before != self._seen
        return KeptToken(Token({}), self.generation, sign=self._sign)

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return a new signer for a URL whose token was refused.

        The same one is returned if another try is not allowed now.
        """
        if kept.generation == self.generation:
            if not self._refusals.may_force(self.generation + 1, subject):
                return kept
            self.generation += 1
        self._refusals.tried(self.generation, subject)
        return await self.token()

    async def doubted(self, kept: KeptToken) -> KeptToken:
        """Return the same signer: each URL is signed anew."""
        return kept

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Record that the upstream accepted a token of this generation."""
        self._refusals.accepted(kept.generation, subject)

    def played(self) -> None:
        """Do nothing: nothing is signed ahead of its use."""

    def measured(self, skew: float) -> None:
        """Record that the upstream's clock is this many seconds ahead of ours."""
        self._skews = self._skews.measured(skew)

    def measured_issuer(self, skew: float) -> None:
        """Do nothing: we sign, by our own clock."""

    def fingerprint(self) -> bytes:
        """Return a value that changes when the signer's files change."""
        return self._watched.fingerprint() if self._watched else b""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do nothing: nothing is signed ahead of its use."""
        yield

    async def close(self) -> None:
        """Do nothing: signing never waits."""

    def _sign(self, url: str) -> Token:
        """Return a valid token; raise TokenUnavailableError if there is none."""
        try:
            token = self._signed(url)
        except SourceError as exc:
            self._error = exc.without_trace()
            raise TokenUnavailableError(
                f"no token for {self._teller.stream}: {exc}", retry_after=WATCH_SECONDS
            ) from exc
        self._error = None
        return token

    def _signed(self, url: str) -> Token:
        try:
            token = self._signer.sign(url)
        except SourceError as exc:
            # If a key was replaced by an unusable one, report it once. After that the
            # last good key stays in use.
            self._complain(exc)
            token = self._signer.sign(url)
        now = self._clock.wall()
        life = Life.of(now, token.expires_at, draw=0.0)
        if self._skews.phase(life, now) is Phase.UNUSABLE:
            raise SourceError("what was signed has expired, or is about to")
        if self._minted != self.generation:
            self._minted = self.generation
            self._teller.came(Outcome.MINTED, life, generation=self.generation)
        return replace(token, until=self._skews.until(life))

    def _complain(self, exc: SourceError) -> None:
        # Every request signs; one log line for all failures in this interval is enough.
        if self._clock.mono() - self._complained_at >= WATCH_SECONDS:
            self._complained_at = self._clock.mono()
            self._teller.failed(exc, generation=self.generation)

    def _rejected(self) -> None:
        self._teller.happened(Outcome.REJECTED, generation=self.generation)
