"""An unobserved failure of a task is not logged by asyncio."""

import asyncio

import pytest

from proxy.errors import UnreachableError
from proxy.tasks import started
from tests.unseen import unseen


async def test_a_failure_that_nobody_awaits_is_not_logged() -> None:
    """Its owner has left."""

    async def fail() -> None:
        raise UnreachableError("silent")

    with unseen() as found:
        task = started(fail, name="test")
        await asyncio.wait({task})
        del task
    assert found == []


async def test_awaiting_gives_the_failure_or_the_result() -> None:
    """As for any task."""

    async def fail() -> None:
        raise UnreachableError("silent")

    async def bring() -> str:
        return "soup"

    assert await started(bring, name="test") == "soup"
    with pytest.raises(UnreachableError):
        await started(fail, name="test")


async def test_a_task_cancelled_before_its_start_leaves_nothing() -> None:
    """No coroutine remains that was never awaited."""

    async def bring() -> str:
        raise AssertionError

    with unseen() as found:
        task = started(bring, name="test")
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        del task
    assert found == []
