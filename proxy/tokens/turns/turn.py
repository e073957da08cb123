"""The turn of one stream, or of one member of a family, to ask a token service."""

from collections.abc import Awaitable
from types import TracebackType
from typing import Protocol

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.service_queue import ServiceQueue


class Queue(Protocol):
    """Gives callers their turns at one service."""

    ended: bool
    """Whether any turn has ended yet."""

    async def first(self) -> None:
        """Take a turn for a player: before all others."""
        ...

    async def in_line(self) -> None:
        """Take a turn that no player waits for."""
        ...

    def end(self) -> None:
        """Give a turn back."""
        ...


class Turn:
    """Takes turns at a service, one after the other.

    `async with turn` takes a player's turn, unless one was reserved in the queue
    before. A member of a family also waits until its family may ask.
    """

    def __init__(self, queue: Queue, allowance: Allowance) -> None:
        self.reserved = False
        self.allowance = allowance
        self._queue = queue
        self._stranger = True

    @classmethod
    def unlimited(cls, *, clock: Clock) -> "Turn":
        """Return the turns of a stream that asks no service, or one of its own."""
        return cls(ServiceQueue.unlimited(clock=clock), Allowance(clock=clock))

    @property
    def anybody_ended(self) -> bool:
        """Whether a turn at the service has ended, this stream's or another's."""
        return self._queue.ended

    @property
    def barred(self) -> bool:
        """Whether the caller may not ask even in its turn because the service fails."""
        return self.allowance.barred(stranger=self._stranger)

    def wait(self) -> float:
        """Return the seconds for which waiting in the queue is useless."""
        return self.allowance.wait(stranger=self._stranger)

    async def ask(self, answer: Awaitable[Token]) -> Token:
        """Return the answer of the service, within a turn."""
        token = await self.allowance.ask(answer)
        self._stranger = False
        return token

    async def reserve(self) -> None:
        """Wait in the queue for the next turn."""
        await self._queue.in_line()
        self.reserved = True

    def give_back(self) -> None:
        """Give a reserved turn to others."""
        if self.reserved:
            self.reserved = False
            self._queue.end()

    async def __aenter__(self) -> None:
        await self.allowance.under_way.acquire()
        try:
            await self.allowance.tried(stranger=self._stranger)
            if not self.reserved:
                await self._queue.first()
        except BaseException:
            self.allowance.under_way.release()
            raise
        self.reserved = False

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._queue.ended = True
        self._queue.end()
        self.allowance.under_way.release()
