"""The keeper of a stream's token: fresh ahead of need, never handed out when ended.

Decisions are made in `proxy.core`, in one step; nothing is locked while something is
awaited.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator

from proxy.clock import Clock
from proxy.core.tokens.freshness import Phase
from proxy.core.tokens.hold import FLIGHT_SECONDS, HOLD_SECONDS, Hold
from proxy.core.tokens.refresh_policy import ATTEMPT_SECONDS, WATCH_SECONDS
from proxy.core.tokens.token import KeptToken
from proxy.errors import TokenUnavailableError
from proxy.tokens.attempts import Attempts
from proxy.tokens.refusals import Refusals
from proxy.tokens.report import Outcome, Report
from proxy.tokens.source import Source
from proxy.tokens.turns import Turn
from proxy.tokens.upkeep import LEAST_PAUSE_SECONDS, Upkeep
from proxy.tokens.waiting import within

_THE_SAME = "the upstream refused the token, and the source gave no other"


class Keeper:
    """Keeps one stream's token.

    `local` says that the source signs by itself, which is cheap: tokens that live less
    than 30 s are then made for each request. `turn` is when its service may be asked.
    Unless it is to be `warm` always, the token is not refreshed while nobody plays.
    Cancelling a caller ends its own wait and nothing else.
    """

    def __init__(
        self,
        source: Source,
        *,
        stream: str,
        local: bool,
        clock: Clock,
        rng: random.Random,
        report: Report,
        attempt_seconds: float = ATTEMPT_SECONDS,
        turn: Turn | None = None,
        warm: bool = True,
    ) -> None:
        self._attempts = Attempts(
            source,
            stream=stream,
            local=local,
            seconds=attempt_seconds,
            clock=clock,
            rng=rng,
            report=report,
            turn=turn,
        )
        self._upkeep = Upkeep(self._attempts, clock=clock, warm=warm)
        self._stream = stream
        self._clock = clock
        self._refusals = Refusals(clock=clock, rejected=self._rejected)

    @property
    def generation(self) -> int:
        """The number of the kept token; 0 is none."""
        return self._attempts.generation

    @property
    def usable(self) -> bool:
        """Whether there is a token that may be used now."""
        return self._attempts.phase(self._attempts.now()) is not Phase.UNUSABLE

    @property
    def cold(self) -> bool:
        """Whether nobody needs a fresh token now: the next player waits for one."""
        return self._upkeep.cold

    def seconds_left(self) -> float | None:
        """Return the time until the token expires; `None` if there is none.

        Infinity if its expiry is unknown, negative once it has expired.
        """
        life = self._attempts.life
        return None if life is None else life.ends - self._clock.wall()

    async def token(self) -> KeptToken:
        """Return a token that is usable now.

        Wait for one at most 8 s from when it was first missing; raise
        `TokenUnavailableError` after that, or as soon as no attempt can help.
        """
        self.played()
        phase = self._upkeep.look()
        if self._attempts.per_request(self._attempts.now()):
            self._attempts.start()
            await self._attempt_ends(FLIGHT_SECONDS)
            phase = self._upkeep.look()
        return await self._held() if phase is Phase.UNUSABLE else self._current()

    async def refused(self, kept: KeptToken) -> KeptToken:
        """Return a newer token than one that the upstream refused.

        The same one comes back if there is none and none may be asked for now: another
        try is useless then. Raise `TokenUnavailableError` if the source has none.
        """
        # It may have ended while a blocking reload was out, or was sent too soon by the
        # clock that the refusal told: no refusal to wonder about.
        early = self._attempts.holding.recede(self._clock.wall())
        ended = self._upkeep.look(files=True) is Phase.UNUSABLE
        if early or ended or kept.generation != self.generation:
            return await self.token()
        forced = not self._attempts.flying
        if forced:
            if self._barred():
                raise self._unavailable()
            if not self._may_force():
                return kept
        newer = await self._replaced(kept)
        if forced and newer.generation == kept.generation:
            self._attempts.tell(Outcome.REJECTED, detail=_THE_SAME)
        return newer

    async def doubted(self, kept: KeptToken) -> KeptToken:
        """Return a newer token than one that may have ended unnoticed.

        The same one comes back if it was accepted a moment ago, or doubted in vain.
        Raise `TokenUnavailableError` if the source has none.
        """
        if kept.generation != self.generation:
            return await self.token()
        if not self._attempts.flying:
            life, now = self._attempts.life, self._clock.wall()
            age = 0.0 if life is None else now - life.issued
            new = self.generation + 1
            if self._barred() or not self._refusals.may_doubt(new, age=age):
                return kept
        return await self._replaced(kept)

    def accepted(self, kept: KeptToken) -> None:
        """Take note that the upstream accepted a request with this token."""
        self._refusals.accepted(kept.generation)

    def played(self) -> None:
        """Take note that a player asked for something of the stream."""
        self._upkeep.played()

    def renew(self) -> None:
        """Ask for a new token now, as often as refusals may."""
        if not self._barred() and self._may_force():
            self._attempts.start(replace=True)

    def measured(self, skew: float) -> None:
        """Take note that the upstream's clock is so many seconds ahead of ours."""
        self._attempts.holding.measured(skew)

    def measured_issuer(self, skew: float) -> None:
        """Take note of the same about who makes the tokens.

        It counts while nothing is known of the upstream's clock, which judges them.
        """
        self._attempts.holding.measured(skew, issuer=True)

    def fingerprint(self) -> bytes:
        """Return what changes when the files behind the source do."""
        return self._attempts.fingerprint()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the token fresh for as long as the block lasts."""
        upkeep = asyncio.create_task(
            self._upkeep.run(), name=f"keeper of {self._stream}"
        )
        try:
            yield
        finally:
            upkeep.cancel()
            await asyncio.wait({upkeep})
            await self.close()

    async def close(self) -> None:
        """End the attempt under way: for a keeper that is not run."""
        await self._attempts.close()

    async def _held(self) -> KeptToken:
        arrived = self._clock.mono()
        while self._upkeep.look() is Phase.UNUSABLE:
            wait = self._patience(arrived)
            if wait is None:
                raise self._unavailable()
            if wait > 0:
                await within(self._clock, wait, self._attempts.next_end())
            else:
                self._attempts.start()
        return self._current()

    def _patience(self, arrived: float) -> float | None:
        """Return for how many seconds to wait now; None is to give up.

        A token that came serves from its time on: that is waited for, and no other.
        """
        now = self._attempts.now()
        begins = self._attempts.holding.begins_in(now.wall)
        if begins is not None:
            least = max(LEAST_PAUSE_SECONDS, begins)
            return least if now.mono + begins < arrived + HOLD_SECONDS else None
        return Hold(noticed=self._upkeep.noticed, arrived=arrived).patience(
            now.mono,
            flying=self._attempts.flying,
            retry=self._attempts.retry,
            started=self._attempts.started,
            pace=self._attempts.paced(now),
        )

    async def _replaced(self, kept: KeptToken) -> KeptToken:
        self._attempts.start(replace=True)
        await self._attempt_ends(HOLD_SECONDS)
        if kept.generation != self.generation:
            return await self.token()
        if self._attempts.flying or self._attempts.trouble is not None:
            raise self._unavailable()
        return kept

    async def _attempt_ends(self, seconds: float) -> None:
        """Wait for the end of an attempt that is under way.

        For so long from its start: who comes later waits no longer for one that hangs.
        """
        left = self._attempts.started + seconds - self._clock.mono()
        if self._attempts.flying and left > 0:
            await within(self._clock, left, self._attempts.next_end())

    def _current(self) -> KeptToken:
        if self._attempts.kept is None:
            raise self._unavailable()
        return self._attempts.kept

    def _barred(self) -> bool:
        retry = self._attempts.retry
        firm = retry.firm and retry.at > self._clock.mono()
        return firm or self._attempts.paused() > 0

    def _may_force(self) -> bool:
        return self._refusals.may_force(self.generation + 1)

    def _rejected(self) -> None:
        self._attempts.tell(Outcome.REJECTED)

    def _unavailable(self) -> TokenUnavailableError:
        now = self._attempts.now()
        begins = self._attempts.holding.begins_in(now.wall)
        wait = max(self._attempts.retry.at - now.mono, self._attempts.paced(now))
        if begins is not None:
            return TokenUnavailableError(
                f"no token for {self._stream}: the one that came is not valid for "
                f"another {begins:.0f} s, by its nbf and the upstream's clock",
                retry_after=max(1.0, begins),
            )
        if self._attempts.watched:
            # Another content ends the wait, and it is seen that soon.
            wait = max(min(wait, WATCH_SECONDS), self._attempts.paused())
        trouble = self._attempts.trouble
        return TokenUnavailableError(
            f"no token for {self._stream}: "
            f"{trouble or 'its source has not answered yet'}",
            retry_after=max(1.0, wait),
            for_all=trouble is not None and trouble.for_all,
        )
