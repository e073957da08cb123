"""A second try for what is silent: which one wins, and what becomes of the other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from proxy.upstream.hedging import HEDGE_SECONDS, hedged
from tests.fake_clock import FakeClock


class Race:
    """Two attempts that end when a test says so."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ends = [asyncio.Future[str](), asyncio.Future[str]()]
        self.begun: list[int] = []
        self.dropped: list[str] = []
        self.task = asyncio.create_task(
            hedged(
                self._attempt(0),
                self._attempt(1),
                clock=self.clock,
                drop=self.dropped.append,
            )
        )

    def _attempt(self, number: int) -> Callable[[], Awaitable[str]]:
        async def ask() -> str:
            self.begun.append(number)
            return await self.ends[number]

        return ask


async def test_an_answer_in_time_is_asked_for_once() -> None:
    """That is nearly all."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS - 0.1)
    race.ends[0].set_result("first")
    assert await race.task == "first"
    await race.clock.advance(9)
    assert race.begun == [0]


@pytest.mark.parametrize("faster", [0, 1])
async def test_the_first_answer_wins(faster: int) -> None:
    """The other attempt is cancelled, and there is no third."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.ends[faster].set_result("won")
    assert await race.task == "won"
    assert race.ends[1 - faster].cancelled()
    assert race.begun == [0, 1]


async def test_a_failure_in_time_is_not_asked_again_here() -> None:
    """It is no silence."""
    race = Race()
    race.ends[0].set_exception(OSError("refused"))
    with pytest.raises(OSError, match="refused"):
        await race.task
    assert race.begun == [0]


@pytest.mark.parametrize("failing", [0, 1])
async def test_one_failure_of_two_waits_for_the_other(failing: int) -> None:
    """It may still be answered."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.ends[failing].set_exception(OSError("reset"))
    await race.clock.settle()
    assert not race.task.done()
    race.ends[1 - failing].set_result("won")
    assert await race.task == "won"


async def test_of_two_failures_the_first_attempts_is_told() -> None:
    """Whatever the order."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.ends[1].set_exception(OSError("second"))
    await race.clock.settle()
    race.ends[0].set_exception(OSError("first"))
    with pytest.raises(OSError, match="first"):
        await race.task


async def test_what_came_as_well_is_dropped() -> None:
    """Else its connection would stay open."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.ends[0].set_result("first")
    race.ends[1].set_result("second")
    assert await race.task == "first"
    assert race.dropped == ["second"]


async def test_cancelling_ends_both() -> None:
    """A player that leaves leaves nothing behind."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.task.cancel()
    await race.clock.settle()
    assert race.task.cancelled()
    assert [end.cancelled() for end in race.ends] == [True, True]
