"""Work for all players of a stream, which continues when a waiting player leaves."""

import asyncio

import pytest

from proxy.errors import StatusError
from proxy.streams.chores import Chores


async def test_a_chore_runs_once_at_a_time() -> None:
    """Starting it again returns the running one."""
    chores, begun, go = Chores(), list[int](), asyncio.Event()

    async def work() -> None:
        begun.append(1)
        await go.wait()

    tasks = {chores.start("key", work) for _ in range(5)}
    await asyncio.sleep(0)
    assert (len(tasks), len(begun), len(chores)) == (1, 1, 1)
    go.set()
    await asyncio.wait(tasks)
    await asyncio.sleep(0)
    assert len(chores) == 0
    await chores.start("key", work)
    assert len(begun) == 2


async def test_its_failure_is_not_raised() -> None:
    """Those who wait only learn that it has ended."""

    async def fail() -> None:
        raise StatusError("no", status=500)

    await Chores().start("key", fail)


@pytest.mark.parametrize("closes", [True, False])
async def test_every_chore_ends(*, closes: bool) -> None:
    """When its time is over, or with the program."""
    chores = Chores(seconds=3600.0 if closes else 0.01)
    task = chores.start("key", asyncio.Event().wait)
    await asyncio.sleep(0)
    if closes:
        await chores.close()
        assert task.cancelled()
    else:
        await asyncio.wait_for(task, 5)
        assert not task.cancelled()
    assert len(chores) == 0
