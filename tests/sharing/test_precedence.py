"""The first segment of a player has the line to itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Self

import pytest

from proxy.core.kind import Kind
from proxy.errors import UnreachableError
from proxy.sharing.fill_orders import Begun, Order
from proxy.sharing.fills import Fills
from proxy.sharing.nearly import Nearly
from proxy.sharing.precedence import HOLD_SECONDS, Precedence
from tests.fake_clock import FakeClock
from tests.streams.scripted_fill import KEY, Body, Upstream, joined, reply, store


def order(number: int, run: str = "run", kind: Kind = Kind.SEGMENT) -> Order:
    """Return an order for a segment."""
    key = KEY._replace(path=f"main/{number}.ts", number=number, run=run)
    return Order(key, kind)


FOUR, FIVE, SIX = order(4), order(5), order(6)


@pytest.mark.parametrize(
    ("orders", "waits"),
    [
        ((FOUR, FIVE), [False, True]),
        ((FOUR, FIVE, SIX), [False, True, False]),
        ((FOUR, SIX), [False, False]),
        ((FIVE, FOUR), [False, False]),
        ((FOUR, FOUR, FIVE), [False, False, True]),
        ((FOUR, order(5, "another")), [False, False]),
        ((FOUR, order(5, kind=Kind.MAP)), [False, False]),
        ((order(4, kind=Kind.PART), FIVE), [False, False]),
        # After a jump, the player needs the first one there.
        ((FOUR, FIVE, order(9), order(10)), [False, True, False, True]),
    ],
)
async def test_only_the_second_segment_in_a_row_waits(
    orders: tuple[Order, ...], waits: list[bool]
) -> None:
    """It waits for the first one of the same run."""
    clock, precedence = FakeClock(), Precedence()
    found = [precedence.begun(each, Nearly(clock)) is not None for each in orders]
    assert found == waits


class Slow(Body):
    """Sends its pieces when a test says so."""

    def __init__(self, *parts: bytes) -> None:
        super().__init__(*parts)
        self.gate = asyncio.Event()
        self.failure: UnreachableError | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the first piece, and the others after the gate has opened."""
        first, *others = [each async for each in super().chunks()]
        yield first
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        for each in others:
            yield each


class Scene:
    """Two segments of one player, the first of them slow."""

    def __init__(self, *, ahead: bool = False, pauses: bool = True) -> None:
        self.clock = FakeClock()
        self.pauses = 0
        self.first = Slow(b"one", b"two")
        self.fills = fills = Fills(store(), clock=self.clock)
        joined(fills, Upstream(reply(self.first)), FOUR)
        second = reply(Body(b"three", b"four"))
        second = replace(second, pause=self._pause if pauses else None)
        self.second = joined(fills, Upstream(second), replace(FIVE, ahead=ahead))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.fills.close()

    def _pause(self) -> None:
        self.pauses += 1

    async def size(self) -> int:
        """Return how many bytes of the second segment have come."""
        await self.clock.settle()
        head = await self.second.head()
        assert isinstance(head, Begun)
        return head.growing.size


async def test_the_second_segment_waits_after_its_first_bytes() -> None:
    """FFmpeg reads on in the first one when the head of the second has come."""
    async with Scene() as scene:
        assert await scene.size() == len(b"three")
        assert scene.pauses == 1
        scene.first.gate.set()
        assert await scene.size() == len(b"threefour")


async def test_it_waits_for_a_second_at_most() -> None:
    """On a line with losses, two connections together are faster."""
    async with Scene() as scene:
        await scene.size()
        await scene.clock.advance(HOLD_SECONDS - 0.01)
        assert await scene.size() == len(b"three")
        await scene.clock.advance(0.01)
        assert await scene.size() == len(b"threefour")


async def test_it_does_not_wait_for_a_segment_that_failed() -> None:
    """Nothing more of it will come."""
    async with Scene() as scene:
        await scene.size()
        scene.first.failure = UnreachableError("gone")
        scene.first.gate.set()
        assert await scene.size() == len(b"threefour")


async def test_what_is_fetched_ahead_does_not_wait() -> None:
    """It begins only when the first one is nearly complete."""
    async with Scene(ahead=True) as scene:
        assert await scene.size() == len(b"threefour")
        assert scene.pauses == 0


async def test_a_body_that_cannot_be_paused_does_not_wait() -> None:
    """It would come anyway."""
    async with Scene(pauses=False) as scene:
        assert await scene.size() == len(b"threefour")
