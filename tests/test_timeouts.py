"""Cheap timeouts behave like asyncio's."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from proxy.timeouts import Timeout, Timeouts

Make = Callable[[float], Timeout]


async def overrun(block: Timeout) -> None:
    """Take longer than the block allows."""
    async with block:
        await asyncio.sleep(10)


@pytest.fixture(params=["asyncio", "ours"])
async def make(request: pytest.FixtureRequest) -> Make:
    """Return a function that makes timeouts: ours or asyncio's, for the same tests."""
    return asyncio.timeout if request.param == "asyncio" else Timeouts().after


async def test_a_block_that_takes_too_long_is_cancelled(make: Make) -> None:
    """It raises TimeoutError."""
    task = asyncio.current_task()
    assert task
    with pytest.raises(TimeoutError):
        await overrun(make(0.01))
    assert not task.cancelling()
    await asyncio.sleep(0)  # the task continues, and is no longer cancelled


@pytest.mark.parametrize("seconds", [0, -1])
async def test_without_time_the_first_wait_ends_the_block(
    make: Make, seconds: float
) -> None:
    """Zero and negative times are allowed."""
    with pytest.raises(TimeoutError):
        await overrun(make(seconds))


async def test_a_block_that_ends_in_time_continues(make: Make) -> None:
    """Also long after its timeout would have ended it."""
    async with make(0.01):
        pass
    await asyncio.sleep(0.03)


async def test_the_earliest_timeout_ends_first(make: Make) -> None:
    """In whatever order they were begun."""
    ended = list[str]()

    async def wait(name: str, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with make(seconds):
                await asyncio.sleep(10)
        ended.append(name)

    waits = wait("long", 0.09), wait("short", 0.01), wait("middle", 0.05)
    await asyncio.gather(*waits)
    assert ended == ["short", "middle", "long"]


async def test_timeouts_can_be_nested(make: Make) -> None:
    """The outer one ends the inner block, and they are distinguished."""

    async def nested(outer: float, inner: float) -> str:
        try:
            async with make(outer):
                try:
                    await overrun(make(inner))
                except TimeoutError:
                    return "inner"
        except TimeoutError:
            return "outer"
        return "none"

    assert await nested(0.01, 10) == "outer"
    assert await nested(10, 0.01) == "inner"


async def test_a_timeout_can_be_moved(make: Make) -> None:
    """Earlier, later, and to never."""
    loop = asyncio.get_running_loop()
    async with make(0.01) as block:
        block.reschedule(None)
        await asyncio.sleep(0.03)
        block.reschedule(loop.time() + 10)
        await asyncio.sleep(0.03)
    block = make(10)
    loop.call_soon(lambda: block.reschedule(loop.time() + 0.01))
    with pytest.raises(TimeoutError):
        await overrun(block)


async def test_cancelling_from_outside_is_not_a_timeout(make: Make) -> None:
    """Even if the time is over as well."""

    async def wait() -> None:
        async with make(0.01):
            await asyncio.sleep(10)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_another_error_is_unchanged(make: Make) -> None:
    """Only the cancellation becomes TimeoutError."""

    async def fail() -> None:
        async with make(0.01):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise KeyError from None

    with pytest.raises(KeyError):
        await fail()


async def test_one_timer_serves_many() -> None:
    """Blocks that end in time set no timer of their own, and keep nothing."""
    loop = asyncio.get_running_loop()
    armed = list[float]()
    original = loop.call_at

    def counted(when: float, *rest: object) -> asyncio.TimerHandle:
        armed.append(when)
        return original(when, *rest)  # type: ignore[arg-type]

    loop.call_at = counted  # type: ignore[method-assign, assignment]
    timeouts = Timeouts()
    for _ in range(1000):
        async with timeouts.after(10):
            pass
    assert len(armed) == 1
    await asyncio.sleep(0)
