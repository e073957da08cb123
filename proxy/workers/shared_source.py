"""One source whose tokens all workers use, so that its service is asked only once.

Every attempt has a number. A worker sends the number of the last attempt whose result
it knows. It gets the result of a later attempt if there is one. A new attempt begins
only if the worker already knows the newest result. So it does not matter why a worker
asks: a refresh is due, the upstream refused a token, or a stream starts.
"""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import replace

from proxy.clock import Clock
from proxy.core.tokens.refresh.refresh_policy import Now
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.singleflight import SingleFlight
from proxy.tasks import started
from proxy.tokens.source import Measuring, Paying, Source, Watched
from proxy.tokens.turns.turn import Turn
from proxy.tokens.waiting import fetched
from proxy.workers.token_results import Result, Results


class SharedSource:
    """A source, its turns at the service, and the results of the last attempts.

    `seconds` is the timeout of an attempt. With `once` each call makes its own attempt,
    because such tokens must not be used twice. When a new token has come, `came` is
    called with the number of the attempt.
    """

    def __init__(
        self,
        source: Source,
        turn: Turn,
        *,
        stream: str,
        seconds: float,
        once: bool,
        clock: Clock,
        came: Callable[[int], None],
    ) -> None:
        self._source = source
        self._turn = turn
        self._stream = stream
        self._seconds = seconds
        self._once = once
        self._clock = clock
        self._came = came
        self._results = Results()
        self._skew: float | None = None
        self._flight: asyncio.Task[None] | None = None
        self._waits = SingleFlight[None, None](f"turn of {stream}")
        self._holders = set[Hashable]()
        self._print = self._fingerprint()
        if isinstance(source, Measuring):
            source.measured = self._measured

    @property
    def paid(self) -> frozenset[str]:
        """Secrets that the source sent recently and that no player may see."""
        return self._source.paid if isinstance(self._source, Paying) else frozenset()

    def files_changed(self) -> bool:
        """Return whether its files changed since the last attempt or last call."""
        before, self._print = self._print, self._fingerprint()
        return before != self._print

    async def after(self, known: int) -> Result:
        """Return the result of an attempt later than the attempt number `known`.

        Cancelling ends only the wait. The attempt goes on, within its timeout.
        """
        if self._once:
            return await self._one()
        unheard = self._results.unheard(known, self._now())
        if unheard is not None:
            return unheard
        made = self._flight is None or self._flight.done()
        if self._flight is None or made:
            self._flight = started(self._attempt, name=f"token of {self._stream}")
        await asyncio.shield(self._flight)
        return replace(self._results.best(known, self._now()), made=made)

    async def in_line(self, known: int, who: Hashable) -> None:
        """Wait for a turn at the service, for a token that no player waits for.

        Returns at once if there is a result that the worker does not know. A turn that
        is not used must be given back.
        """
        unheard = self._results.unheard(known, self._now())
        if unheard is None and not self._turn.reserved:
            await self._waits.do(None, self._turn.reserve)
        self._holders.add(who)

    def give_back(self, who: Hashable) -> None:
        """Give back the turn of one worker. The last worker frees it for others."""
        self._holders.discard(who)
        if not self._holders:
            self._turn.give_back()

    async def close(self) -> None:
        """Cancel the running attempt and give back the turn."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait({self._flight})
        self._turn.give_back()

    async def _one(self) -> Result:
        """Make an attempt whose result only one worker gets."""
        number = self._results.number = self._results.number + 1
        try:
            token = await self._fetched()
        except SourceError as exc:
            return Result(number, error=exc.without_trace(), made=True)
        return Result(number, token, skew=self._skew, made=True)

    async def _attempt(self) -> None:
        begun = self._now()
        self.files_changed()
        try:
            token = await self._fetched()
        except SourceError as exc:
            self._results.failed(exc, self._now())
        else:
            self._results.came(token, begun, skew=self._skew)
            self._came(self._results.number)

    async def _fetched(self) -> Token:
        turn, clock = self._turn, self._clock
        async with turn:
            if turn.barred:
                reason = turn.allowance.error or "its service must not be asked yet"
                raise SourceError(str(reason), retry_after=turn.wait(), for_all=True)
            answer = fetched(self._source, clock, self._seconds, stream=self._stream)
            return await turn.ask(answer)

    def _now(self) -> Now:
        return Now(self._clock.wall(), self._clock.mono())

    def _measured(self, skew: float) -> None:
        self._skew = skew

    def _fingerprint(self) -> bytes:
        source = self._source
        return source.fingerprint() if isinstance(source, Watched) else b""
