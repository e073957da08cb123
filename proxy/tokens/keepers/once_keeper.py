"""The keeper of tokens that are valid for one request: a new one for every request.

None is requested ahead and none is shared. A token that was returned counts as used,
whatever happens to the request.
"""

import contextlib
import math
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from proxy.clock import Clock
from proxy.core.tokens.refresh.freshness import Life
from proxy.core.tokens.refresh.refresh_policy import ATTEMPT_SECONDS
from proxy.core.tokens.refresh.request_hold import HOLD_SECONDS, Hold
from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError
from proxy.events.refresh import Outcome, Refresh
from proxy.tokens.keepers.asked_source import AskedSource
from proxy.tokens.keepers.minting import Minting
from proxy.tokens.keepers.refusals import Refusals
from proxy.tokens.keepers.telling import Teller
from proxy.tokens.source import Source
from proxy.tokens.turns.turn import Turn


class OnceKeeper:
    """Gets a token for each request of one stream; a `Keeper`.

    `local` means that the source signs by itself. Cancelling a caller ends only its own
    attempt.
    """

    def __init__(
        self,
        source: Source,
        *,
        stream: str,
        local: bool,
        clock: Clock,
        rng: random.Random,
        report: Callable[[Refresh], None],
        attempt_seconds: float = ATTEMPT_SECONDS,
        turn: Turn | None = None,
    ) -> None:
        self.generation = 0
        self._asked = AskedSource(
            source,
            stream=stream,
            local=local,
            seconds=attempt_seconds,
            clock=clock,
            rng=rng,
            turn=turn,
        )
        self._teller = Teller(stream=stream, report=report)
        self._clock = clock
        self._refusals = Refusals(clock=clock, rejected=self._rejected)
        self._minting = Minting(self._asked, clock)
        self._started = -math.inf
        self._noticed = math.inf
        """Since when the source has been failing, on the monotonic clock."""

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that were sent recently to get tokens, and that no player may see."""
        return self._asked.paid

    @property
    def usable(self) -> bool:
        """Whether the source returned a token when it was last asked."""
        return self._asked.error is None

    @property
    def cold(self) -> bool:
        """False: no token is kept that could expire."""
        return False

    def seconds_left(self) -> float | None:
        """Return None: no token is kept."""
        return None

    async def token(self) -> KeptToken:
        """Return a token that was never used.

        While the source fails, wait at most 8 s from the first failure. After that, or
        as soon as no attempt can help, raise `TokenUnavailableError`.
        """
        arrived = self._clock.mono()
        while True:
            wait = self._patience(arrived)
            if wait is None:
                raise self._asked.unavailable()
            if wait > 0:
                await self._clock.sleep(wait)
                continue
            try:
                async with self._asked.turn:
                    if self._asked.turn.barred:
                        continue  # meanwhile the service was found to be failing
                    mono = self._started = self._clock.mono()
                    patient = mono < self._noticed + HOLD_SECONDS
                    token, life = await self._minting.mint(patient=patient)
                await self._minting.valid(token, life)
            except SourceError as exc:
                self._failed(exc)
            else:
                return self._handed(token, life)

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return another token in place of one that the upstream refused.

        The same token is returned if another try is not allowed now.
        """
        if not self._refusals.may_force(self.generation + 1, subject):
            return kept
        newer = await self.token()
        self._refusals.tried(newer.generation, subject)
        return newer

    async def doubted(self, kept: KeptToken) -> KeptToken:
        """Return the same token: it was made for this request."""
        return kept

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Record that the upstream accepted the token."""
        self._refusals.accepted(kept.generation, subject)

    def played(self) -> None:
        """Do nothing: no token is made ahead of its use."""

    def measured(self, skew: float) -> None:
        """Record that the upstream's clock is this many seconds ahead of ours."""
        self._minting.measured(skew)

    def measured_issuer(self, skew: float) -> None:
        """Record that the issuer's clock is this many seconds ahead of ours."""
        self._minting.measured(skew, issuer=True)

    def fingerprint(self) -> bytes:
        """Return a value that changes when the source's files change."""
        return self._asked.fingerprint()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do nothing: no token is made ahead of its use."""
        yield

    async def close(self) -> None:
        """Do nothing: each attempt belongs to the caller that waits for it."""

    def _patience(self, arrived: float) -> float | None:
        """Return how many seconds to wait before an attempt; None means give up."""
        asked, now = self._asked, self._asked.now()
        if asked.error and asked.files_changed():
            asked.hurry()
        # Each request needs its own token, so only failures are paced.
        pace = asked.paced(now) if asked.error else asked.turn.wait()
        if asked.retry.at <= now.mono and not pace:
            return 0.0
        noticed = arrived if math.isinf(self._noticed) else self._noticed
        return Hold(noticed=noticed, arrived=arrived).patience(
            now.mono,
            flying=False,
            retry=asked.retry,
            started=self._started,
            pace=pace,
        )

    def _handed(self, token: Token, life: Life) -> KeptToken:
        """Record a success, and return the token for the caller."""
        self._asked.forgive()
        self._noticed = math.inf
        self.generation += 1
        made = Outcome.MINTED if self._asked.local else Outcome.REFRESHED
        self._teller.came(made, life, generation=self.generation)
        token = replace(token, until=self._minting.skews.until(life))
        return KeptToken(token, self.generation, once=True)

    def _failed(self, error: SourceError) -> None:
        mono = self._clock.mono()
        self._noticed = min(self._noticed, mono)
        self._asked.begin(mono)
        self._asked.failed(error, None)
        self._teller.failed(error, generation=self.generation)

    def _rejected(self) -> None:
        self._teller.happened(Outcome.REJECTED, generation=self.generation)
