"""The keeper of a stream's token: refreshed in time, never returned when expired.

Decisions are made in `proxy.core`, in one step; no lock is held during an await.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

from proxy.clock import Clock
from proxy.core.tokens.refresh.freshness import Phase
from proxy.core.tokens.refresh.refresh_policy import ATTEMPT_SECONDS
from proxy.core.tokens.refresh.request_hold import FLIGHT_SECONDS
from proxy.core.tokens.refresh.subjects import ENTRY, Subject
from proxy.core.tokens.token import KeptToken
from proxy.events.refresh import Outcome, Refresh
from proxy.tokens.keepers.asked_source import AskedSource
from proxy.tokens.keepers.attempts import Attempts
from proxy.tokens.keepers.holds import Holds
from proxy.tokens.keepers.keeper_parts import KeeperParts
from proxy.tokens.keepers.kept_tokens import KeptTokens
from proxy.tokens.keepers.refusals import Refusals
from proxy.tokens.keepers.telling import Teller
from proxy.tokens.keepers.upkeep import Upkeep
from proxy.tokens.source import Source
from proxy.tokens.turns.turn import Turn

_THE_SAME = "the upstream refused the token, and the source gave no other"


class StreamKeeper:
    """Keeps one token for all requests of a stream; a `Keeper`.

    `local` means that the source signs by itself, which is cheap: tokens that live less
    than 30 s are then made for each request. `turn` controls when its service may be
    asked. With `warm` the token is always refreshed; otherwise only while somebody
    plays. Cancelling a caller ends only its own wait.
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
        warm: bool = True,
    ) -> None:
        self._asked = AskedSource(
            source,
            stream=stream,
            local=local,
            seconds=attempt_seconds,
            clock=clock,
            rng=rng,
            turn=turn,
        )
        self._tokens = KeptTokens()
        self._teller = Teller(stream=stream, report=report)
        parts = KeeperParts(
            asked=self._asked, tokens=self._tokens, teller=self._teller, clock=clock
        )
        self._attempts = Attempts(parts)
        self._upkeep = Upkeep(parts, self._attempts, warm=warm)
        self._holds = Holds(parts, self._attempts, self._upkeep)
        self._clock = clock
        self._refusals = Refusals(clock=clock, rejected=self._rejected)

    @property
    def generation(self) -> int:
        """The number of the kept token; 0 means none."""
        return self._tokens.generation

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that were sent recently to get tokens, and that no player may see."""
        return self._asked.paid

    @property
    def usable(self) -> bool:
        """Whether there is a usable token."""
        return self._tokens.phase(self._clock.wall()) is not Phase.UNUSABLE

    @property
    def cold(self) -> bool:
        """Whether nobody needs a fresh token now; the next player waits for one."""
        return self._upkeep.cold

    def seconds_left(self) -> float | None:
        """Return the seconds until the token expires; None if there is none."""
        life = self._tokens.life
        return None if life is None else life.ends - self._clock.wall()

    async def token(self) -> KeptToken:
        """Return a usable token.

        The wait ends 8 s after the token was first missing. After that, or as soon as
        no attempt can help, raise `TokenUnavailableError`.
        """
        self.played()
        phase = self._upkeep.look()
        if self._per_request():
            self._attempts.start()
            await self._holds.end(FLIGHT_SECONDS)
            phase = self._upkeep.look()
        if phase is Phase.UNUSABLE:
            await self._holds.usable()
        kept = self._tokens.kept
        if kept is None:
            raise self._holds.unavailable()
        return kept

    async def refused(self, kept: KeptToken, subject: Subject = ENTRY) -> KeptToken:
        """Return a newer token than one that the upstream refused, or the same one."""
        newer = await self._instead(kept, subject)
        if newer.generation != kept.generation:
            self._refusals.tried(newer.generation, subject)
        return newer

    async def _instead(self, kept: KeptToken, subject: Subject) -> KeptToken:
        # The token may have expired during a blocking reload. Or it was sent too soon,
        # by the clock that the refusal revealed. In both cases the refusal is expected.
        early = self._tokens.recede(self._clock.wall())
        ended = self._upkeep.look(files=True) is Phase.UNUSABLE
        if early or ended or kept.generation != self.generation:
            return await self.token()
        forced = not self._attempts.replacing
        if forced:
            if self._asked.barred():
                raise self._holds.unavailable()
            if not self._may_force(subject):
                return kept
        if await self._holds.replaced(kept):
            return await self.token()
        self._refusals.tried(kept.generation, subject)
        if forced and not self._refusals.is_of_medium(kept.generation, subject):
            self._teller.happened(
                Outcome.REJECTED, generation=self.generation, detail=_THE_SAME
            )
        return kept

    async def doubted(self, kept: KeptToken) -> KeptToken:
        """Return a newer token than one that may have expired unnoticed.

        The same token is returned if it was accepted recently, or if doubting it did
        not help. Raise `TokenUnavailableError` if the source has none.
        """
        if kept.generation != self.generation:
            return await self.token()
        if not self._attempts.replacing:
            life, now = self._tokens.life, self._clock.wall()
            age = 0.0 if life is None else now - life.issued
            new = self.generation + 1
            if self._asked.barred() or not self._refusals.may_doubt(new, age=age):
                return kept
        return await self.token() if await self._holds.replaced(kept) else kept

    def accepted(self, kept: KeptToken, subject: Subject = ENTRY) -> None:
        """Record that the upstream accepted a request with this token."""
        self._refusals.accepted(kept.generation, subject)

    def played(self) -> None:
        """Record that a player requested something of the stream."""
        self._upkeep.played()

    def renew(self) -> None:
        """Request a new token now, within the limits for refusals."""
        if not self._asked.barred() and self._may_force():
            self._attempts.start(replace=True)

    def measured(self, skew: float) -> None:
        """Record that the upstream's clock is this many seconds ahead of ours."""
        self._tokens.measured(skew)

    def measured_issuer(self, skew: float) -> None:
        """Record that the issuer's clock is this many seconds ahead of ours."""
        self._tokens.measured(skew, issuer=True)

    def fingerprint(self) -> bytes:
        """Return a value that changes when the source's files change."""
        return self._asked.fingerprint()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the token fresh while the block runs."""
        upkeep = asyncio.create_task(
            self._upkeep.run(), name=f"keeper of {self._asked.stream}"
        )
        try:
            yield
        finally:
            upkeep.cancel()
            await asyncio.wait({upkeep})
            await self.close()

    async def close(self) -> None:
        """Cancel the running attempt, for a keeper outside `running`."""
        await self._attempts.close()

    def _per_request(self) -> bool:
        """Return whether each request gets its own token: cheap, and short-lived.

        Not while the source fails: then the last token is used until it expires.
        """
        life, retry = self._tokens.life, self._asked.retry
        if not self._asked.local or life is None or not life.short:
            return False
        return not retry.failures or self._clock.mono() >= retry.at

    def _may_force(self, subject: Subject = ENTRY) -> bool:
        return self._refusals.may_force(self.generation + 1, subject)

    def _rejected(self) -> None:
        self._teller.happened(Outcome.REJECTED, generation=self.generation)
