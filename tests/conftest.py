"""Fixtures for every test."""

import asyncio
import inspect
from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.streams.origin import Origin, origin

# The same examples in every run, so a suite that passes passes again. Searching for
# new ones is a separate job.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

GRACE = 1.0
"""How long connections may take to notice that a fixture closed, in seconds."""


@pytest.fixture(autouse=True)
def _tasks_end(request: pytest.FixtureRequest) -> None:
    """Watch the tasks of every asynchronous test, without a loop for the others."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("no_task_left")


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    """Fail a test that leaves a task behind: every task has an owner and an end.

    It is set up before the test's own fixtures, so it checks after their teardown.
    """
    yield
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=GRACE)
    assert not left, f"left behind: {sorted(task.get_name() for task in left)}"


@pytest.fixture
async def upstream() -> AsyncIterator[Origin]:
    """Run an origin for the test."""
    async with origin() as one:
        yield one
