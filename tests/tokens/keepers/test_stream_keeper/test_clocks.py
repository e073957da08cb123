"""A stream keeper under clocks that jump or differ, by R8 and R9."""

import asyncio

import pytest

from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    Reports,
    ScriptedSource,
    asking,
    keeper_of,
)

DAY = 86_400.0


@pytest.mark.parametrize("dead_for", [0.0, 3.0])
async def test_r8_the_first_request_after_a_suspend_waits_for_a_new_token(
    clock: FakeClock, source: ScriptedSource, dead_for: float
) -> None:
    """Two hours of sleep; the network may take a few seconds to come back."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(7200)
        source.failure = UNREACHABLE if dead_for else None
        asked = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(dead_for)
        source.failure = None
        await clock.advance(1)
        answer = await asked
    assert answer.kept is not None
    assert answer.seconds <= dead_for + 1
    assert answer.left > 50


async def test_r8_after_a_suspend_requests_wait_again(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """An earlier outage only affects the pace of attempts."""
    source.failure = UNREACHABLE
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(60)
        await clock.jump(7200)
        asked = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(3)
        source.failure = None
        await clock.advance(5)
        assert (await asked).kept is not None


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_r9_a_clock_step_causes_one_refresh(
    clock: FakeClock, source: ScriptedSource, reports: Reports, step: float
) -> None:
    """Within one tick of 3 s, and at most two attempts."""
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(step)
        await clock.advance(3)
        assert len(source.asked) == 2
        assert keeper.generation == 2
        await clock.advance(30)
    assert len(source.asked) == 2
    assert reports.outcomes["clock-jumped"] == 1


async def test_r9_a_long_token_survives_a_step_forward(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """If it has time left by the new clock, it is not refreshed."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(3600)
        await clock.advance(60)
    assert len(source.asked) == 1


async def test_r9_a_step_back_with_a_failing_source_causes_no_loop(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The backoff applies as always."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        source.failure = UNREACHABLE
        await clock.jump(-3600)
        await clock.advance(60)
    assert len(source.asked) <= 10


async def test_skew_shortens_and_never_extends(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """A token that has expired by the upstream's clock is not sent."""
    source.lifetime = 100.0
    keeper = keeper_of(source, clock)
    first = await keeper.token()
    keeper.measured(-30.0)
    await clock.advance(60)
    assert await keeper.token() == first
    for _ in range(20):
        keeper.measured(45.0)
    assert (await keeper.token()).generation == 2
