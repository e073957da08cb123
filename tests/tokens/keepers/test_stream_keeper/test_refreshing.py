"""A stream keeper refreshes its token ahead of need, by R1, R2, R5, R12 and R13."""

import asyncio
import contextlib
from collections import Counter

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    Reports,
    ScriptedSource,
    asking,
    gaps,
    keeper_of,
)

DAY = 86_400.0


@pytest.mark.parametrize("seed", range(10))
async def test_r1_a_token_of_60_s_is_refreshed_between_42_and_48_s(
    clock: FakeClock, source: ScriptedSource, seed: int
) -> None:
    """Without a fault; the upstream gets no token with less than 3 s left."""
    keeper = keeper_of(source, clock, seed=seed)
    begun = clock.mono()
    async with keeper.running():
        for _ in range(100):
            await clock.advance(0.5)
            assert (await asking(clock, keeper.token)).left >= 3
    assert 42 <= source.asked[1] - begun <= 48
    assert len(source.asked) == 2


async def test_r2_200_cold_requests_make_one_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """All of them get the one token."""
    source.takes = 0.2
    keeper = keeper_of(source, clock)
    callers = [asyncio.create_task(keeper.token()) for _ in range(200)]
    await clock.advance(0.2)
    kept = {(await caller).generation for caller in callers}
    assert (kept, len(source.asked)) == ({1}, 1)


async def test_r2_cancelled_callers_cancel_nothing_else(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """199 of 200 leave: still one attempt, and the last one gets the token."""
    source.takes = 0.2
    keeper = keeper_of(source, clock)
    *gone, stays = [asyncio.create_task(keeper.token()) for _ in range(200)]
    await clock.advance(0.1)
    for caller in gone:
        caller.cancel()
    await clock.advance(0.1)
    assert (await stays).generation == 1
    assert len(source.asked) == 1


@pytest.mark.parametrize(
    "bad",
    [SourceError("the answer is empty"), None],
    ids=["no token", "an expired token"],
)
async def test_r5_a_bad_answer_never_replaces_a_good_token(
    clock: FakeClock,
    source: ScriptedSource,
    reports: Reports,
    bad: SourceError | None,
) -> None:
    """It counts as a failure, and the old token stays in use."""
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        await clock.advance(40)
        source.failure = bad
        source.repeats = Token({"token": "late"}, expires_at=clock.wall() + 1)
        await clock.advance(15)
        assert (await keeper.token()).token.fields == {"token": "t1"}
    assert reports.outcomes["failed"] >= 1
    assert reports.outcomes["refreshed"] == 1


async def test_r12_a_thousand_keepers_spread_their_refreshes() -> None:
    """Started together, with tokens of an hour: over 360 s, at most 5 % in any 10 s."""
    clock = FakeClock()
    sources = [ScriptedSource(clock, lifetime=3600.0) for _ in range(1000)]
    keepers = [
        keeper_of(source, clock, seed=seed) for seed, source in enumerate(sources)
    ]
    begun = clock.mono()
    for keeper in keepers:
        await keeper.token()
    # Not checked yet, because 500 checks of each would take too long.
    await clock.advance(2500)
    async with contextlib.AsyncExitStack() as all_of_them:
        for keeper in keepers:
            await all_of_them.enter_async_context(keeper.running())
        await clock.settle()
        assert {len(source.asked) for source in sources} == {1}
        await clock.advance(380)
    ages = [source.asked[1] - begun for source in sources]
    assert {len(source.asked) for source in sources} == {2}
    assert 2520 <= min(ages) < max(ages) <= 2880
    assert max(ages) - min(ages) > 350
    assert max(Counter(int(age // 10) for age in ages).values()) <= 50


async def test_r13_getting_the_same_token_again_is_no_error(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """At most two attempts a minute until the hard window, and it stays in use."""
    source.lifetime = 1000.0
    begun = clock.mono()
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        first = await keeper.token()
        source.repeats = first.token
        await clock.advance(940)
        assert (await keeper.token()).generation == 1
    later = [at - begun for at in source.asked[1:]]
    assert min(gaps(later)) >= 50
    assert len(later) >= 3
    assert reports.outcomes == {"refreshed": 1, "unchanged": len(later)}


async def test_r13_a_token_that_ends_earlier_does_not_replace_a_later_one(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """A service may hand out what it made earlier."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(40)
        source.repeats = Token({"token": "early"}, expires_at=clock.wall() + 19)
        await clock.advance(15)
        assert (await keeper.token()).token.fields == {"token": "t1"}


async def test_a_token_of_unknown_expiry_is_used_until_it_is_refused(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """For up to a day; then another one is requested."""
    source.lifetime = None
    keeper = keeper_of(source, clock)
    first = await keeper.token()
    await clock.advance(DAY - 1)
    assert await keeper.token() == first
    assert keeper.seconds_left() == float("inf")
    assert (await keeper.refused(first)).generation == 2
