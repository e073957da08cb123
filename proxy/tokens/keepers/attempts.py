"""Attempts to get a token: one at a time, and what follows from each."""

import asyncio
import math

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.refresh_policy import Now, Retry, due_in
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.events.refresh import Outcome, Reason
from proxy.tokens.keepers.keeper_parts import KeeperParts


class Attempts:
    """Asks a source for tokens, and keeps those that are better than the current one.

    A failed attempt does not change the kept token. Mutable state: `_flight` is the
    running attempt; `_wanted` means that an attempt is needed but may not start yet.
    """

    def __init__(self, parts: KeeperParts) -> None:
        self.started = -math.inf
        """When the last attempt began, on the monotonic clock."""
        self._asked = parts.asked
        self._tokens = parts.tokens
        self._teller = parts.teller
        self._flight: asyncio.Task[None] | None = None
        self._end: asyncio.Future[None] | None = None
        self._replace = self._wanted = False
        self._takes = 0.0

    @property
    def flying(self) -> bool:
        """Whether an attempt is running."""
        return self._flight is not None and not self._flight.done()

    @property
    def replacing(self) -> bool:
        """Whether an attempt is running, or waiting to replace a refused token."""
        return self.flying or (self._wanted and self._replace)

    def due_in(self, now: Now) -> float:
        """Return the seconds until an attempt is due; zero or less means now."""
        if self._wanted:
            return self._asked.paced(now)
        room = self._tokens.room_in(now.wall)
        return max(self._wanted_in(now), self._asked.paced(now), room)

    def is_idle(self, now: Now) -> bool:
        """Return whether clearly no attempt is due: a quick check for each request."""
        return not self._wanted and self._wanted_in(now) > 0

    def _wanted_in(self, now: Now) -> float:
        latest = self._tokens.latest
        skew = self._tokens.skews.of(latest)
        return due_in(latest, self._asked.retry, now, skew=skew)

    def start(self, *, replace: bool = False) -> None:
        """Start an attempt unless one is running; if it is too soon, start it later.

        With `replace` the new token replaces the kept one even if it expires no later:
        the kept token was refused, or comes from files that no longer exist.
        """
        self._replace |= replace
        if self.flying:
            return
        now = self._asked.now()
        self._wanted = self._asked.paced(now) > 0
        if not self._wanted:
            self.started = now.mono
            name = f"token of {self._asked.stream}"
            self._flight = asyncio.create_task(self._in_turn(), name=name)
            self._flight.add_done_callback(self._ended)

    def next_end(self) -> asyncio.Future[None]:
        """Return a future that is done when an attempt has ended."""
        if self._end is None or self._end.done():
            self._end = asyncio.get_running_loop().create_future()
        return self._end

    async def close(self) -> None:
        """Cancel the running attempt."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait({self._flight})

    def _ended(self, flight: asyncio.Task[None]) -> None:
        del flight
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    async def _in_turn(self) -> None:
        async with self._asked.turn:
            # Meanwhile another caller may have learned that the service must not be
            # asked.
            self._wanted = self._asked.turn.barred
            if not self._wanted:
                await self._attempt()

    async def _attempt(self) -> None:
        asked, tokens = self._asked, self._tokens
        begun, before = asked.now(), asked.retry
        self.started = begun.mono
        asked.begin(begun.mono)
        # So a source that fails in an unforeseen way is not asked again at once.
        asked.presume(SourceError("its source has not answered"), tokens.latest)
        try:
            self._take(await asked.answer(), begun)
        except SourceError as exc:
            asked.failed(exc, tokens.latest, before=before)
            self._teller.failed(exc, generation=tokens.generation)

    def _take(self, token: Token, begun: Now) -> None:
        """Check a received token; keep it if it is better than the kept one."""
        now, tokens = self._asked.now(), self._tokens
        self._takes = max(now.mono - begun.mono, self._takes / 2)
        life = self._life_of(token, begun, now)
        if tokens.skews.phase(life, now.wall) is Phase.UNUSABLE:
            raise SourceError(
                "the token that came has expired, or is about to", useless=True
            )
        progress, new = tokens.take(token, life, now.wall, replaces=self._replace)
        better = progress or (new and self._replace)
        self._replace = False
        latest = tokens.latest or life
        self._asked.came(life.valid, Retry.after_token(latest, now, progress=progress))
        local = self._asked.local
        made = Outcome.MINTED if local else Outcome.REFRESHED
        self._teller.came(
            made if better and new else Outcome.UNCHANGED,
            life,
            generation=tokens.generation,
            reason=Reason.SHORT_LIVED if life.short and not local else Reason.NONE,
        )

    def _life_of(self, token: Token, begun: Now, now: Now) -> Life:
        skews = self._tokens.skews
        end, dated = skews.ending(token, begun.wall)
        return Life.of(
            begun.wall,
            end,
            draw=self._asked.rng.random(),
            refresh_in=token.refresh_in,
            takes=self._takes,
            lead=skews.begin(token, now.wall) - begun.wall,
            dated=dated,
        )
