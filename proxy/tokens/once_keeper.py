"""The keeper of tokens that open one request each: a new one for every request.

None is kept ahead and none is shared: what was handed out counts as spent, whatever
became of the request.
"""

import contextlib
import math
import random
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace

from proxy.clock import Clock
from proxy.core.tokens.beginning import begins, ending
from proxy.core.tokens.freshness import Life, Phase, mean_skew
from proxy.core.tokens.hold import FLIGHT_SECONDS, HOLD_SECONDS, Hold
from proxy.core.tokens.pace import Pace
from proxy.core.tokens.refresh_policy import (
    ATTEMPT_SECONDS,
    WATCH_SECONDS,
    Moment,
    Retry,
)
from proxy.core.tokens.token import KeptToken, Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.tokens.refusals import Refusals
from proxy.tokens.report import Outcome, Reason, Refresh, Report
from proxy.tokens.source import Source, Watched
from proxy.tokens.turns import Turn
from proxy.tokens.upkeep import LEAST_PAUSE_SECONDS
from proxy.tokens.waiting import fetched

# A source that gives a token twice does so soon, or it has no others.
_REMEMBERED = 64


class OnceKeeper:
    """Has a token made for each request of one stream.

    `local` says that the source signs by itself. Cancelling a caller ends its own
    attempt and nothing else.
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
    ) -> None:
        self.generation = 0
        self._source = source
        self._watched = source if isinstance(source, Watched) else None
        self._stream = stream
        self._local = local
        self._clock = clock
        self._rng = rng
        self._report = report
        self._seconds = attempt_seconds
        self._turn = turn or Turn.unlimited(clock=clock)
        self._refusals = Refusals(clock=clock, rejected=self._rejected)
        self._spent = deque[Token](maxlen=_REMEMBERED)
        self._skew: float | None = None
        self._issuer_skew: float | None = None
        self._pace = Pace()
        """Of the attempts that failed: each request needs its token."""
        self._retry = Retry()
        self._error: SourceError | None = None
        self._seen = b""
        """The files behind the source when it last failed."""
        self._started = -math.inf
        self._noticed = math.inf
        """Since when the source fails, on the monotonic clock."""

    @property
    def usable(self) -> bool:
        """Whether the source gave a token when it was last asked."""
        return self._error is None

    def seconds_left(self) -> float | None:
        """Return nothing: no token is kept."""
        return None

    async def token(self) -> KeptToken:
        """Return a token that nobody has had.

        While the source fails, wait at most 8 s from when that began; raise
        `TokenUnavailableError` after that, or as soon as no attempt can help.
        """
        arrived = self._clock.mono()
        while True:
            wait = self._patience(arrived)
            if wait is None:
                raise self._unavailable()
            if wait > 0:
                await self._clock.sleep(wait)
                continue
            try:
                async with self._turn:
                    if self._turn.barred:
                        continue  # others heard meanwhile that nobody is to come
                    token, life = await self._mint()
                await self._begins(token)
                self._judge(life)
            except SourceError as exc:
                self._failed(exc)
            else:
                return self._handed(token, life)

    async def refused(self, kept: KeptToken) -> KeptToken:
        """Return another token for one that the upstream refused.

        The same one comes back if that may not be tried now.
        """
        if not self._refusals.may_force(self.generation + 1):
            return kept
        return await self.token()

    def accepted(self, kept: KeptToken) -> None:
        """Take note that the upstream accepted the token."""
        self._refusals.accepted(kept.generation)

    def measured(self, skew: float) -> None:
        """Take note that the upstream's clock is so many seconds ahead of ours."""
        self._skew = mean_skew(self._skew, skew)

    def measured_issuer(self, skew: float) -> None:
        """Take note of the same about who makes the tokens."""
        self._issuer_skew = mean_skew(self._issuer_skew, skew)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do nothing: nothing is made ahead of its use."""
        yield

    async def _begins(self, token: Token) -> None:
        """Wait until a token may be sent; it cannot be kept for another request."""
        while (wait := self._begins_in(token)) > 0:
            if wait > HOLD_SECONDS:
                raise TokenUnavailableError(
                    f"no token for {self._stream}: the one that came is not valid for "
                    f"another {wait:.0f} s, by its nbf and the upstream's clock",
                    retry_after=wait,
                )
            await self._clock.sleep(max(wait, LEAST_PAUSE_SECONDS))

    def _begins_in(self, token: Token) -> float:
        now = self._clock.wall()
        start = begins(
            token.not_before, skew=self._skew, issuer=self._issuer_skew, now=now
        )
        return start - now

    def _patience(self, arrived: float) -> float | None:
        """Return for how many seconds to wait before an attempt; None: give up."""
        mono = self._clock.mono()
        if self._watched and self._error and self._watched.fingerprint() != self._seen:
            self._retry = Retry()
        pace = 0.0 if self._local or self._error is None else self._pace.wait(mono)
        pace = max(pace, self._turn.wait())
        if self._retry.at <= mono and not pace:
            return 0.0
        noticed = arrived if math.isinf(self._noticed) else self._noticed
        return Hold(noticed=noticed, arrived=arrived).patience(
            mono, flying=False, retry=self._retry, started=self._started, pace=pace
        )

    def _judge(self, life: Life) -> None:
        """Raise `SourceError` for a token that may not be sent any more."""
        skew = self._skew_of(life)
        if life.phase(self._clock.wall(), skew=skew) is Phase.UNUSABLE:
            raise SourceError("the token that came has expired, or is about to")

    def _handed(self, token: Token, life: Life) -> KeptToken:
        """Take note of a success, and return what is handed out."""
        self._retry, self._error, self._noticed = Retry(), None, math.inf
        self.generation += 1
        lives = None if math.isinf(life.lifetime) else life.lifetime
        made = Outcome.MINTED if self._local else Outcome.REFRESHED
        self._report(Refresh(self._stream, made, self.generation, lives))
        token = replace(token, until=life.until(skew=self._skew_of(life)))
        return KeptToken(token, self.generation, once=True)

    def _skew_of(self, life: Life) -> float:
        if life.dated is not None:
            return (self._skew or 0.0) - life.dated
        return (self._issuer_skew if self._skew is None else self._skew) or 0.0

    async def _mint(self) -> tuple[Token, Life]:
        begun = Moment(self._clock.wall(), self._clock.mono())
        self._started = begun.mono
        patient = begun.mono < self._noticed + HOLD_SECONDS
        if self._error is not None:
            # One request finds out whether the source is back; others do not queue.
            self._failed(self._error, told=True)
        seconds = self._seconds if patient else FLIGHT_SECONDS
        answer = fetched(self._source, self._clock, seconds, stream=self._stream)
        token = await self._turn.ask(answer)
        end, dated = ending(token, skew=self._skew, now=begun.wall)
        life = Life.of(begun.wall, end, draw=0.0, dated=dated)
        self._judge(life)
        if any(token.opens_like(spent) for spent in self._spent):
            raise SourceError("the token that came was given before")
        self._spent.append(token)
        return token, life

    def _failed(self, error: SourceError, *, told: bool = False) -> None:
        now = Moment(self._clock.wall(), self._clock.mono())
        self._error = error
        self._noticed = min(self._noticed, now.mono)
        self._pace = self._pace if told else self._pace.started(now.mono).failed()
        self._seen = self._watched.fingerprint() if self._watched else b""
        self._retry = self._retry.failed(
            None,
            now,
            draw=self._rng.random(),
            recoverable=error.recoverable,
            retry_after=error.retry_after,
        )
        if not told:
            reason = Reason.FAULT if error.recoverable else Reason.PERMANENT
            self._report(
                Refresh(
                    self._stream,
                    Outcome.FAILED,
                    self.generation,
                    reason=reason,
                    detail=str(error),
                )
            )

    def _rejected(self) -> None:
        self._report(Refresh(self._stream, Outcome.REJECTED, self.generation))

    def _unavailable(self) -> TokenUnavailableError:
        mono = self._clock.mono()
        wait = max(self._retry.at - mono, self._pace.wait(mono))
        if self._watched:
            wait = min(wait, WATCH_SECONDS)
        error = self._error or self._turn.allowance.error
        return TokenUnavailableError(
            f"no token for {self._stream}: {error}",
            retry_after=max(1.0, wait, self._turn.allowance.paused()),
            for_all=error is not None and error.for_all,
        )
