"""The deadline for a player's first byte."""

import asyncio

import pytest

from proxy.deadline import (
    Deadline,
    InTime,
    deadline_at,
    for_all,
    hasty,
    is_patient,
    until,
)
from proxy.errors import UnreachableError
from tests.fake_clock import FakeClock


def test_the_time_left_ends_after_eight_seconds() -> None:
    """It is never negative."""
    deadline = Deadline.of(100.0)
    left = [deadline.left(now) for now in (100.0, 107.5, 108.0, 200.0)]
    assert left == [8.0, 0.5, 0.0, 0.0]


async def test_a_deadline_applies_to_a_block_and_its_tasks() -> None:
    """Also after the block has ended; elsewhere there is none."""

    async def at() -> float:
        await asyncio.sleep(0)
        return deadline_at(500.0).at

    with until(Deadline(42.0)):
        task = asyncio.create_task(at())
        assert deadline_at(500.0).at == 42.0
    assert deadline_at(500.0).at == 508.0
    assert await task == 42.0


def test_haste_ends_with_its_block() -> None:
    """Others wait as usual."""
    with hasty():
        assert not is_patient()
    assert is_patient()


def test_shared_work_has_no_requests_deadline() -> None:
    """The request that starts it may be near its end."""
    with until(Deadline(42.0)), hasty():
        with for_all():
            assert deadline_at(500.0).at == 508.0
            assert is_patient()
        assert deadline_at(500.0).at == 42.0


async def test_a_missed_deadline_has_an_error_of_its_own() -> None:
    """Only one, for all nested blocks."""
    clock = FakeClock()

    async def wait() -> None:
        async with InTime(clock):
            await clock.sleep(5)
            async with InTime(clock):
                await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await clock.advance(8.2)
    assert not task.done()
    await clock.advance(0.1)
    with pytest.raises(UnreachableError, match="nothing came within 8 s") as caught:
        await task
    assert caught.value.timed_out


async def test_a_block_may_have_no_deadline() -> None:
    """A blocking reload ends by itself."""
    clock = FakeClock()

    async def wait() -> str:
        async with InTime(clock) as limit:
            limit.reschedule(None)
            await clock.sleep(60)
            return "came"

    task = asyncio.create_task(wait())
    await clock.advance(60)
    assert await task == "came"


async def test_another_timeout_is_unchanged() -> None:
    """It is not mistaken for the end of a deadline."""
    with pytest.raises(TimeoutError):
        async with InTime(FakeClock()):
            raise TimeoutError
