"""A stream keeper is used and closed: no needless waits, nothing is left."""

import asyncio

import pytest

from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    ScriptedSource,
    asking,
    keeper_of,
)

DAY = 86_400.0


@pytest.mark.parametrize(
    ("lifetime", "takes"), [(1000.0, 60.0), (60.0, 60.0), (6.0, 0.6), (6.0, 1.5)]
)
async def test_no_request_waits_while_the_token_is_good(
    clock: FakeClock, source: ScriptedSource, lifetime: float, takes: float
) -> None:
    """Neither for a slow service nor for a hanging one, until the token expires."""
    source.lifetime = lifetime
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.settle()
        source.takes = takes
        for _ in range(200):
            await clock.advance(lifetime / 100)
            usable = keeper.usable
            asked = asyncio.create_task(asking(clock, keeper.token))
            await clock.settle()
            assert asked.done() or not usable
            if not asked.done():
                break
        # Only if the service hangs, or was not known to be slow.
        assert not keeper.usable or takes < lifetime / 2
        asked.cancel()


async def test_a_slow_service_is_called_early_enough(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Tokens of 6 s; the service takes 1.5 s: requests wait only for the first."""
    source.lifetime, source.takes = 6.0, 1.5
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(2)
        for _ in range(600):
            assert (await asking(clock, keeper.token)).seconds == 0
            await clock.advance(0.1)
    assert len(source.asked) < 60 / 2


async def test_renew_is_limited_by_the_bucket(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Twice at once, then once per half minute."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    await keeper.token()
    for _ in range(5):
        keeper.renew()
        await clock.advance(0.1)
    assert len(source.asked) == 3


async def test_the_state_of_a_keeper_can_be_read(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Reading it starts nothing."""
    keeper = keeper_of(source, clock)
    assert (keeper.usable, keeper.generation, keeper.seconds_left()) == (False, 0, None)
    await keeper.token()
    await clock.advance(20)
    assert (keeper.usable, keeper.generation, keeper.seconds_left()) == (True, 1, 40)


async def test_the_end_of_a_keeper_ends_its_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """No task outlives the block."""
    source.takes = 5.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.settle()
        assert len(source.asked) == 1
    await clock.advance(5)
    assert keeper.generation == 0


async def test_a_keeper_that_is_not_run_can_be_closed(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The running attempt ends, and with it the work of its source."""
    source.takes = 60.0
    keeper = keeper_of(source, clock)
    asked = asyncio.create_task(asking(clock, keeper.token))
    await clock.advance(1)
    await keeper.close()
    asked.cancel()
    await asyncio.wait({asked})
    assert len(source.asked) == 1
