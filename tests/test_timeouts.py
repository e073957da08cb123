"""Cheap timeouts do what asyncio's do."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from proxy.timeouts import Timeout, Timeouts

Make = Callable[[float], Timeout]


async def overrun(block: Timeout) -> None:
    """Take longer than the block may."""
    async with block:
        await asyncio.sleep(10)


@pytest.fixture(params=["asyncio", "ours"])
async def make(request: pytest.FixtureRequest) -> Make:
    """Return what makes them: each claim holds for asyncio's own as well."""
    return asyncio.timeout if request.param == "asyncio" else Timeouts().after


async def test_what_takes_too_long_is_cut_off(make: Make) -> None:
    """The block is cancelled, and says so by TimeoutError."""
    task = asyncio.current_task()
    assert task
    with pytest.raises(TimeoutError):
        await overrun(make(0.01))
    assert not task.cancelling()
    await asyncio.sleep(0)  # the task goes on, and is cancelled no more


@pytest.mark.parametrize("seconds", [0, -1])
async def test_no_time_is_left(make: Make, seconds: float) -> None:
    """The first wait ends it."""
    with pytest.raises(TimeoutError):
        await overrun(make(seconds))


async def test_what_is_in_time_goes_on(make: Make) -> None:
    """Also long after the end that it was left before."""
    async with make(0.01):
        pass
    await asyncio.sleep(0.03)


async def test_the_first_end_comes_first(make: Make) -> None:
    """Whatever the order in which they were begun."""
    ended = list[str]()

    async def wait(name: str, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with make(seconds):
                await asyncio.sleep(10)
        ended.append(name)

    waits = wait("long", 0.09), wait("short", 0.01), wait("middle", 0.05)
    await asyncio.gather(*waits)
    assert ended == ["short", "middle", "long"]


async def test_one_within_another(make: Make) -> None:
    """The outer one ends the inner one, and is told apart."""

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


async def test_the_end_can_be_moved(make: Make) -> None:
    """Sooner, later, and to never."""
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


async def test_who_cancels_from_outside_is_heard(make: Make) -> None:
    """It is no timeout, even where the time is over as well."""

    async def wait() -> None:
        async with make(0.01):
            await asyncio.sleep(10)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_another_failure_stays_what_it_is(make: Make) -> None:
    """Only the cancelling becomes TimeoutError."""

    async def fail() -> None:
        async with make(0.01):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise KeyError from None

    with pytest.raises(KeyError):
        await fail()


async def test_one_timer_serves_many() -> None:
    """Blocks that are left in time arm nothing of their own, and hold nothing."""
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
