"""A service that answers after a while, and counts requests."""

import asyncio
from dataclasses import KW_ONLY, dataclass, field

from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.service_queue import (
    ServiceQueue,
)
from proxy.tokens.turns.turn import Turn
from tests.fake_clock import FakeClock


def turn_at(queue: ServiceQueue) -> Turn:
    """Return the turn of one stream at this service."""
    return Turn(queue, Allowance(clock=FakeClock()))


@dataclass
class Service:
    """Answers each request after a while, and counts the running ones."""

    clock: FakeClock
    _: KW_ONLY
    seconds: float = 0.5
    under_way: int = 0
    most: int = 0
    asked: list[tuple[str, float]] = field(default_factory=list)

    async def ask(self, who: str) -> None:
        """Answer one request."""
        self.asked.append((who, self.clock.mono()))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.clock.sleep(self.seconds)
        finally:
            self.under_way -= 1

    async def for_a_player(self, turn: Turn, who: str = "player") -> None:
        """Send a request at once, for a player."""
        async with turn:
            await self.ask(who)

    async def in_line(self, turn: Turn, who: str = "other") -> None:
        """Send a request when its turn comes."""
        await turn.reserve()
        await self.for_a_player(turn, who)


async def ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks, and wait for their end."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
