"""Attempts to get a token: one at a time, and what they leave behind."""

import asyncio
import math
import random

from proxy.clock import Clock
from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.not_before import ending
from proxy.core.tokens.refresh.pace import Pace
from proxy.core.tokens.refresh.refresh_policy import Moment, Retry, due_in
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError
from proxy.tokens.keepers.kept_tokens import Holding
from proxy.tokens.report import Outcome, Reason, Refresh, Report, reason_of
from proxy.tokens.source import Source, Watched
from proxy.tokens.turns.turn import Turn
from proxy.tokens.waiting import fetched


class Attempts:
    """Asks a source for tokens and holds the current one.

    A failed attempt changes nothing about the token that is held. What is mutable:
    `holding` when a token came or its time has come; `retry`, `error` and `_pace` with
    each attempt; `flight` is the attempt under way, `_wanted` one that may not start
    yet.
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
        report: Report,
        turn: Turn | None = None,
    ) -> None:
        self.holding = Holding()
        self.retry = Retry()
        self.error: SourceError | None = None
        self.flight: asyncio.Task[None] | None = None
        self.started = -math.inf
        self._source = source
        self._watched = source if isinstance(source, Watched) else None
        self._seen: bytes | None = None
        self._replace = self._wanted = False
        self._pace = Pace()
        self._takes = 0.0
        self._stream = stream
        self._local = local
        self._seconds = seconds
        self._clock = clock
        self._rng = rng
        self._report = report
        self.turn = turn or Turn.unlimited(clock=clock)
        self._end: asyncio.Future[None] | None = None

    @property
    def kept(self) -> KeptToken | None:
        """The token that serves, or did last."""
        return self.holding.kept

    @property
    def life(self) -> Life | None:
        """Its life."""
        return self.holding.life

    @property
    def generation(self) -> int:
        """Its number; 0 is none."""
        return self.holding.generation

    @property
    def flying(self) -> bool:
        """Whether an attempt is under way."""
        return self.flight is not None and not self.flight.done()

    @property
    def watched(self) -> bool:
        """Whether the source rests on files."""
        return self._watched is not None

    def per_request(self, now: Moment) -> bool:
        """Tell whether each request gets a token of its own: cheap, and short-lived.

        Not while the source fails: then the last token serves to its end.
        """
        if not self._local or self.life is None or not self.life.short:
            return False
        return not self.retry.failures or now.mono >= self.retry.at

    def now(self) -> Moment:
        """Read both clocks."""
        return Moment(self._clock.wall(), self._clock.mono())

    def phase(self, now: Moment) -> Phase:
        """Return the phase of the kept token, or of the next if its time has come."""
        self.holding.come(now.wall)
        return self.holding.phase(now.wall)

    def due_in(self, now: Moment) -> float:
        """Return the seconds until an attempt is due; zero or less means now."""
        if self._wanted:
            return self.paced(now)
        latest = self.holding.latest
        skew = self.holding.skew_of(latest)
        due = due_in(latest, self.retry, now, skew=skew)
        return max(due, self.paced(now), self.holding.room_in(now.wall))

    def paced(self, now: Moment) -> float:
        """Return the seconds for which no attempt may start, whoever wants one."""
        if self._local:
            return 0.0  # signing asks nobody
        return max(self._pace.wait(now.mono), self.turn.wait())

    def paused(self) -> float:
        """Return the seconds that are left of a pause that the service asked for."""
        return self.turn.allowance.paused()

    @property
    def trouble(self) -> SourceError | None:
        """Why the last attempt brought no token, or why none may start."""
        return self.error or (self.turn.allowance.error if self.turn.barred else None)

    def fingerprint(self) -> bytes:
        """Return what changes when the files behind the source do."""
        return b"" if self._watched is None else self._watched.fingerprint()

    def files_changed(self) -> bool:
        """Tell whether the files behind the source changed since the last attempt."""
        if self._watched is None or self._seen is None:
            return False
        return self._watched.fingerprint() != self._seen

    def start(self, *, replace: bool = False) -> None:
        """Start an attempt, unless one is under way; if it is too soon, when it may.

        With `replace` another token replaces the kept one even if it ends no later:
        the kept one was refused, or is from files that are gone.
        """
        self._replace |= replace
        if self.flying:
            return
        now = self.now()
        self._wanted = self.paced(now) > 0
        if not self._wanted:
            self.started = now.mono
            name = f"token of {self._stream}"
            self.flight = asyncio.create_task(self._in_turn(), name=name)
            self.flight.add_done_callback(self._ended)

    def next_end(self) -> asyncio.Future[None]:
        """Return what is done as soon as an attempt has ended."""
        if self._end is None or self._end.done():
            self._end = asyncio.get_running_loop().create_future()
        return self._end

    async def close(self) -> None:
        """End the attempt under way."""
        if self.flight is not None:
            self.flight.cancel()
            await asyncio.wait({self.flight})

    def tell(
        self,
        outcome: Outcome,
        *,
        lives: float | None = None,
        reason: Reason = Reason.NONE,
        detail: str = "",
    ) -> None:
        """Report what happened."""
        self._report(
            Refresh(self._stream, outcome, self.generation, lives, reason, detail)
        )

    def _ended(self, flight: asyncio.Task[None]) -> None:
        del flight
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    async def _in_turn(self) -> None:
        async with self.turn:
            # Others may have heard meanwhile that nobody is to come.
            self._wanted = self.turn.barred
            if not self._wanted:
                await self._attempt()

    async def _attempt(self) -> None:
        begun, before = self.now(), self.retry
        self.started = begun.mono
        self._pace = self._pace.started(begun.mono)
        if self._watched is not None:
            self._seen = self._watched.fingerprint()
        # An attempt counts as failed until it has succeeded, so that a source which
        # breaks in a way that nobody foresaw is not asked again at once.
        known = self.error
        self._failed(before, SourceError("its source has not answered"))
        self.error = known or self.error
        try:
            answer = fetched(
                self._source, self._clock, self._seconds, stream=self._stream
            )
            token = await self.turn.ask(answer)
            self._take(token, begun)
        except SourceError as exc:
            self._pace = self._pace.failed()
            self._failed(before, exc)
            self.tell(Outcome.FAILED, reason=reason_of(exc), detail=str(exc))

    def _take(self, token: Token, begun: Moment) -> None:
        """Judge a token that came; keep it if it is worth more than the kept one."""
        now = self.now()
        self._takes = max(now.mono - begun.mono, self._takes / 2)
        end, dated = ending(token, skew=self.holding.upstream, now=begun.wall)
        life = Life.of(
            begun.wall,
            end,
            draw=self._rng.random(),
            refresh_in=token.refresh_in,
            takes=self._takes,
            lead=self.holding.begin(token, now.wall) - begun.wall,
            dated=dated,
        )
        if self.holding.judge(life, now.wall) is Phase.UNUSABLE:
            raise SourceError("the token that came has expired, or is about to")
        progress, new = self.holding.take(token, life, now.wall, replaces=self._replace)
        better = progress or (new and self._replace)
        self._replace = False
        self.error = None
        self._pace = self._pace.succeeded(life.valid)
        latest = self.holding.latest or life
        self.retry = Retry.after_token(latest, now, progress=progress)
        made = Outcome.MINTED if self._local else Outcome.REFRESHED
        short = life.short and not self._local
        self.tell(
            made if better and new else Outcome.UNCHANGED,
            lives=None if math.isinf(life.lifetime) else life.lifetime,
            reason=Reason.SHORT_LIVED if short else Reason.NONE,
        )

    def _failed(self, before: Retry, error: SourceError) -> None:
        self.error = error
        self.retry = before.failed(
            self.holding.latest,
            self.now(),
            draw=self._rng.random(),
            recoverable=error.recoverable,
            retry_after=error.retry_after,
        )
