"""Waiting for something, with a limit."""

import asyncio

import pytest

from proxy.errors import SourceError
from proxy.tokens.waiting import fetched, uncut, within
from tests.fake_clock import FakeClock
from tests.tokens.scripted import ScriptedSource


@pytest.fixture
async def awaited() -> asyncio.Future[None]:
    """Return the awaited task."""
    return asyncio.get_running_loop().create_future()


async def test_the_wait_ends_with_the_awaited_task(
    clock: FakeClock, awaited: asyncio.Future[None]
) -> None:
    """Before the limit."""
    waiting = asyncio.create_task(within(clock, 5, awaited))
    await clock.advance(1)
    awaited.set_result(None)
    assert await waiting


async def test_the_wait_ends_at_its_limit(
    clock: FakeClock, awaited: asyncio.Future[None]
) -> None:
    """The task goes on."""
    waiting = asyncio.create_task(within(clock, 5, awaited))
    await clock.advance(5)
    assert not await waiting
    assert not awaited.cancelled()


async def test_cancelling_a_wait_cancels_nothing_else(
    clock: FakeClock, awaited: asyncio.Future[None]
) -> None:
    """Others may wait for the same task."""
    waiting = asyncio.create_task(within(clock, 5, awaited))
    await clock.settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not awaited.cancelled()


async def test_an_ended_task_is_not_waited_for(
    clock: FakeClock, awaited: asyncio.Future[None]
) -> None:
    """Not even for one iteration of the loop."""
    awaited.set_result(None)
    assert await within(clock, 5, awaited)


async def test_a_source_that_answers_in_time_gives_its_token(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Also right at the limit."""
    source.takes = 4.9
    asked = asyncio.create_task(fetched(source, clock, 5, stream="lobby"))
    await clock.advance(5)
    assert (await asked).fields == {"token": "t1"}


async def test_a_source_that_is_too_slow_is_cancelled(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """With a message for the operator."""
    source.takes = 60.0
    asked = asyncio.create_task(fetched(source, clock, 5, stream="lobby"))
    await clock.advance(5)
    with pytest.raises(SourceError, match="no token within 5 s"):
        await asked


async def test_work_that_is_finished_although_it_is_cancelled(clock: FakeClock) -> None:
    """A waiter that is cancelled twice meanwhile is cancelled when it is done."""
    done = asyncio.Event()

    async def work() -> str:
        await clock.sleep(5)
        done.set()
        return "done"

    task = asyncio.create_task(uncut(work()))
    for _ in range(2):
        await clock.advance(1)
        task.cancel()
    await clock.advance(1)
    assert not task.done()
    await clock.advance(2)
    assert task.cancelled()
    assert done.is_set()
    again = asyncio.create_task(uncut(work()))
    await clock.advance(5)
    assert await again == "done"
