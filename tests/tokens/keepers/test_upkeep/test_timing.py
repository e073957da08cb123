"""Upkeep checks the token often enough, and not more often."""

import pytest

from proxy.errors import SourceError
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    Reports,
    ScriptedSource,
    gaps,
    keeper_of,
)


async def test_the_token_is_fresh_before_anybody_asks(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The first attempt starts with the block."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.settle()
        assert keeper.usable


async def test_an_outage_in_the_soft_phase_is_retried_in_time(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """The next attempt does not wait for a tick."""
    keeper = keeper_of(source, clock, reports)
    source.failure = UNREACHABLE
    async with keeper.running():
        await clock.advance(60)
    assert max(gaps(source.asked)) <= 5.0
    assert reports.outcomes == {"failed": len(source.asked)}


async def test_a_clock_jump_ends_all_pauses(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """After two hours of suspend no Retry-After applies."""
    source.failure = SourceError("429", retry_after=300)
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(7200)
        source.failure = None
        await clock.advance(1)
        assert keeper.usable


@pytest.mark.parametrize(
    ("lifetime", "seconds", "most"), [(60.0, 40, 16), (3600.0, 1500, 104)]
)
async def test_the_loop_is_idle_most_of_the_time(
    lifetime: float, seconds: float, most: int
) -> None:
    """It checks a token of a minute every 3 s, one of an hour every 15 s."""

    class Counting(FakeClock):
        sleeps = 0

        async def sleep(self, seconds: float) -> None:
            """Count."""
            self.sleeps += 1
            await super().sleep(seconds)

    clock = Counting()
    async with keeper_of(ScriptedSource(clock, lifetime=lifetime), clock).running():
        await clock.advance(seconds)
    assert clock.sleeps <= most
