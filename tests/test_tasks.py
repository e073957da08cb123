"""A failure that nobody is left to hear of is no event for asyncio's log."""

import asyncio

import pytest

from proxy.errors import UnreachableError
from proxy.tasks import started
from tests.unseen import unseen


async def test_a_failure_that_nobody_awaits_is_seen() -> None:
    """Its owner has left."""

    async def fail() -> None:
        raise UnreachableError("silent")

    with unseen() as found:
        task = started(fail, name="test")
        await asyncio.wait({task})
        del task
    assert found == []


async def test_who_awaits_it_gets_the_failure_and_the_result() -> None:
    """As of any task."""

    async def fail() -> None:
        raise UnreachableError("silent")

    async def bring() -> str:
        return "soup"

    assert await started(bring, name="test") == "soup"
    with pytest.raises(UnreachableError):
        await started(fail, name="test")


async def test_one_that_is_cancelled_before_it_began_leaves_nothing() -> None:
    """No coroutine that was never awaited."""

    async def bring() -> str:
        raise AssertionError

    with unseen() as found:
        task = started(bring, name="test")
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        del task
    assert found == []
