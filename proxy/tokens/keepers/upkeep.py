"""Keeping a token fresh in the background.

The clocks are compared on every tick and on every request, so that whichever comes
first notices a suspend or a step of the clock. The same goes for the files behind a
source: the keeper of a family's member has no ticks.
"""

import asyncio
import math

from proxy.core.tokens.refresh.freshness import Phase, jumped, tick
from proxy.core.tokens.refresh.refresh_policy import (
    URGENT_WATCH_SECONDS,
    WATCH_SECONDS,
    Now,
)
from proxy.core.tokens.refresh.warmth import Warmth
from proxy.events.refresh import Outcome
from proxy.tokens.keepers.attempts import Attempts
from proxy.tokens.keepers.keeper_parts import KeeperParts
from proxy.tokens.waiting import within

LEAST_PAUSE_SECONDS = 0.01
"""More than the resolution of epoch seconds in a float, so the loop never spins."""


class Upkeep:
    """Keeps the token fresh: starts the attempts that are due.

    Unless `warm`, no attempt is due while nobody plays.
    """

    def __init__(self, parts: KeeperParts, attempts: Attempts, *, warm: bool) -> None:
        self.noticed = math.inf
        """Since when a needed token has been missing, on the monotonic clock."""
        self._attempts = attempts
        self._asked = parts.asked
        self._tokens = parts.tokens
        self._teller = parts.teller
        self._clock = clock = parts.clock
        self._warmth = Warmth(clock.mono(), always=warm)
        self._offset = clock.wall() - clock.mono()
        self._files_due = -math.inf
        self._changed = False
        """Whether the source's files changed and the source was not asked since."""

    @property
    def cold(self) -> bool:
        """Whether no fresh token is needed until a player comes.

        False if the last attempt failed. Without a token it is also false until a first
        attempt at the service has ended, because until then nobody knows whether the
        service works.
        """
        now = self._asked.now()
        if self._warmth.always or self._failing:
            return False
        if self._tokens.phase(now.wall) is Phase.UNUSABLE:
            return self._asked.turn.anybody_ended
        return not self._warmth.wanted(now.mono)

    def played(self) -> None:
        """Record that a player requested the stream."""
        self._warmth.played_at = self._clock.mono()

    async def run(self) -> None:
        """Keep the token fresh until cancelled."""
        while True:
            self.look()
            if self._due(self._asked.now()):
                await self._in_line()
            end = self._attempts.next_end()
            await within(self._clock, self._pause(), end)

    def look(self, *, files: bool = False) -> Phase:
        """Compare the clocks, start urgent attempts, and return the token's phase.

        The source's files are checked every few seconds; with `files`, they are checked
        now.
        """
        now = self._asked.now()
        self._compare_clocks(now)
        phase = self._tokens.phase(now.wall)
        missed = phase is Phase.UNUSABLE and self._warmth.wanted(now.mono)
        self.noticed = min(self.noticed, now.mono) if missed else math.inf
        self._look_at_files(now=files)
        ahead = phase is not Phase.UNUSABLE and not self._changed
        if self._due(now) and (ahead or self._warmth.played(now.mono)):
            self._start()
        return phase

    @property
    def _failing(self) -> bool:
        """Whether the last finished attempt returned no token.

        A running attempt counts as failed; see `AskedSource.presume`.
        """
        return self._asked.retry.failures > self._attempts.flying

    def _due(self, now: Now) -> bool:
        if self._attempts.flying:
            return False
        if self._changed:
            return True
        return not self._attempts.is_idle(now) and self._due_in(now) <= 0

    def _due_in(self, now: Now) -> float:
        due_in = self._attempts.due_in(now)
        if self._warmth.wanted(now.mono):
            return due_in
        rest = self._warmth.rest(
            now.mono,
            had=self._tokens.kept is not None,
            failing=self._failing,
            started=self._attempts.started,
        )
        return max(rest, due_in)

    def _start(self) -> None:
        self._attempts.start(replace=self._changed)
        self._changed = False

    async def _in_line(self) -> None:
        """Start the due attempt when its turn comes, unless a player was faster."""
        turn = self._asked.turn
        reserve = asyncio.create_task(turn.reserve(), name="turn at a token service")
        try:
            end = self._attempts.next_end()
            await asyncio.wait({reserve, end}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reserve.cancel()
        if turn.reserved and self._due(self._asked.now()):
            self._start()
            if self._attempts.flying:
                return
        turn.give_back()

    def _compare_clocks(self, now: Now) -> None:
        before, self._offset = self._offset, now.wall - now.mono
        if jumped(before, self._offset):
            # The reason for the wait may be long gone.
            self._asked.hurry()
            self.noticed = math.inf
            self._teller.happened(
                Outcome.CLOCK_JUMPED, generation=self._tokens.generation
            )

    def _look_at_files(self, *, now: bool) -> None:
        mono = self._clock.mono()
        if self._asked.watched and (now or mono >= self._files_due):
            urgent = math.isfinite(self.noticed)
            self._files_due = mono + (URGENT_WATCH_SECONDS if urgent else WATCH_SECONDS)
            self._changed |= self._asked.files_changed()

    def _pause(self) -> float:
        """Return the seconds until the next check."""
        now, life = self._asked.now(), self._tokens.life
        wanted = self._warmth.wanted(now.mono)
        lifetime = life.lifetime if life else 0.0
        waits = [tick(lifetime if wanted else math.inf)]
        if not self._attempts.flying:
            waits.append(self._due_in(now))
        if self._asked.watched:
            waits.append(self._files_due - now.mono)
        begins = self._tokens.begins_in(now.wall)
        if begins is not None:
            waits.append(begins)
        if life is not None and life.unusable > now.wall:
            waits.append(life.unusable - now.wall)
        return max(LEAST_PAUSE_SECONDS, min(waits))
