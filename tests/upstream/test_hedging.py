"""A second attempt after a silence: which one wins, and what happens to the other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from proxy.errors import UnreachableError
from proxy.upstream.hedging import HEDGE_SECONDS, hedged
from tests.fake_clock import FakeClock
from tests.unseen import unseen


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


async def test_a_timely_answer_needs_one_attempt() -> None:
    """That is the usual case."""
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


async def test_a_timely_failure_is_not_retried_here() -> None:
    """A failure is not a silence."""
    race = Race()
    race.ends[0].set_exception(OSError("refused"))
    with pytest.raises(OSError, match="refused"):
        await race.task
    assert race.begun == [0]


@pytest.mark.parametrize("failing", [0, 1])
async def test_after_one_failure_the_other_attempt_is_awaited(failing: int) -> None:
    """It may still be answered."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.ends[failing].set_exception(OSError("reset"))
    await race.clock.settle()
    assert not race.task.done()
    race.ends[1 - failing].set_result("won")
    assert await race.task == "won"


async def test_of_two_failures_the_first_attempts_is_raised() -> None:
    """In any order."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.ends[1].set_exception(OSError("second"))
    await race.clock.settle()
    race.ends[0].set_exception(OSError("first"))
    with pytest.raises(OSError, match="first"):
        await race.task


async def test_a_second_answer_is_dropped() -> None:
    """Otherwise its connection would stay open."""
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


@pytest.mark.parametrize("cancels", [1, 2])
@pytest.mark.parametrize("since", [0.0, HEDGE_SECONDS])
async def test_failures_and_timeouts_in_one_loop_iteration_are_handled(
    cancels: int, since: float
) -> None:
    """The loop was late: both attempts fail after the timeouts of two waiters."""
    with unseen() as found:
        race = Race()
        await race.clock.advance(since)
        for number in race.begun:
            race.ends[number].set_exception(UnreachableError("silent"))
        race.task.cancel()
        if cancels > 1:
            await asyncio.sleep(0)
            race.task.cancel()
        await asyncio.wait({race.task})
        await race.clock.settle()
        assert race.task.done()
        del race
    assert found == []


async def test_cancelling_twice_ends_both_and_drops_an_answer() -> None:
    """The second cancellation does not leave the other connection open."""
    race = Race()
    await race.clock.advance(HEDGE_SECONDS)
    race.task.cancel()
    await asyncio.sleep(0)
    race.task.cancel()
    await asyncio.wait({race.task})
    await race.clock.settle()
    assert [end.cancelled() for end in race.ends] == [True, True]
