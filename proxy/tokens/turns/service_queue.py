"""The queue for one token service: players first, then the others a few at a time.

After a start every stream needs a token, and there may be a thousand streams. Platforms
limit the request rate, and a small service would fail under the load.
"""

import asyncio
import math
from collections import deque

from proxy.clock import Clock
from proxy.tokens.waiting import within

MOST_AT_A_TIME = 8
"""Requests to one service that run at the same time."""

PACE_SECONDS = 0.1
"""The interval between turns that no player waits for, after the first few turns. A
thousand streams have a token in less than two minutes, and the start causes no
burst."""

PATIENCE_SECONDS = 1.0
"""How long a player waits for a running turn to end. After that the player asks anyway:
a service that does not answer for one stream must not stop the others."""

MOST_FOR_PLAYERS = 100
"""Requests to one service that run at the same time when players do not wait for a
turn. Each needs a connection. The limit bounds what a service that hangs can cost."""


class ServiceQueue:
    """Gives callers their turns at one service."""

    def __init__(
        self,
        *,
        clock: Clock,
        most: float = MOST_AT_A_TIME,
        pace_seconds: float = PACE_SECONDS,
    ) -> None:
        self.ended = False
        """Whether any turn has ended yet."""
        self._clock = clock
        self._most = most
        self._pace = pace_seconds
        self._paced = -math.inf
        """When the next turn would be due if turns were evenly spaced."""
        self._under_way = 0
        self._players = deque[asyncio.Future[None]]()
        self._others = deque[asyncio.Future[None]]()
        self._queue = asyncio.Lock()

    @classmethod
    def unlimited(cls, *, clock: Clock) -> "ServiceQueue":
        """Return a queue in which nobody waits, for tokens that need no service."""
        return cls(clock=clock, most=math.inf, pace_seconds=0.0)

    async def first(self) -> None:
        """Take a turn for a player: before all others, and with little waiting.

        After `PATIENCE_SECONDS` the player gets a turn anyway, up to
        `MOST_FOR_PLAYERS`.
        """
        if self._free():
            return
        turn = self._wait(self._players)
        try:
            if await within(self._clock, PATIENCE_SECONDS, turn):
                return
            if self._under_way < MOST_FOR_PLAYERS:
                turn.cancel()
                self._under_way += 1
                return
            await turn
        except asyncio.CancelledError:
            self._leave(turn)
            raise

    async def in_line(self) -> None:
        """Take a turn that no player waits for."""
        async with self._queue:
            if (seconds := self._until_paced()) > 0:
                await self._clock.sleep(seconds)
            if self._free():
                return
            turn = self._wait(self._others)
            try:
                await turn
            except asyncio.CancelledError:
                self._leave(turn)
                raise

    def end(self) -> None:
        """Give a turn back."""
        self._under_way -= 1
        for waiting in (self._players, self._others):
            while waiting and self._under_way < self._most:
                turn = waiting.popleft()
                if not turn.done():
                    self._under_way += 1
                    turn.set_result(None)

    def _free(self) -> bool:
        """Take a turn if one is free and no player waits."""
        if self._under_way >= self._most or self._players:
            return False
        self._under_way += 1
        return True

    def _until_paced(self) -> float:
        """Return the seconds until the next turn is due, and count that turn."""
        mono = self._clock.mono()
        early = self._pace * (self._most - 1) if self._pace else 0.0
        # Round to milliseconds, so that a rounding error causes no wait.
        wait = max(0.0, round(self._paced - early - mono, 3))
        self._paced = max(self._paced, mono) + self._pace
        return wait

    def _wait(self, line: deque[asyncio.Future[None]]) -> asyncio.Future[None]:
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        return turn

    def _leave(self, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            self.end()
        turn.cancel()
