"""Upkeep refreshes the tokens of played streams only."""

import asyncio

from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.service_queue import ServiceQueue
from proxy.tokens.turns.turn import Turn
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    ScriptedSource,
    asking,
    gaps,
    keeper_of,
)


async def test_a_stream_that_nobody_plays_gets_one_token(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """One at the start, and no other; the next player waits for one."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(7200)
        assert len(source.asked) == 1
        assert keeper.cold
        source.takes = 0.5
        player = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(0.5)
        answer = await player
    assert answer.kept is not None
    assert (answer.seconds, answer.left) == (0.5, 60.0)


async def test_a_stream_is_refreshed_until_ten_minutes_after_its_last_player(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """In advance, so that none of its players waits; then no more."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(3600)
        for _ in range(60):
            await keeper.token()
            source.takes = 1.0
            await clock.advance(10)
            assert (keeper.usable, keeper.cold) == (True, False)
        last = clock.mono() - 10
        await clock.advance(3600)
    assert 540 <= source.asked[-1] - last <= 600
    assert keeper.cold


async def test_any_request_of_a_player_keeps_the_token_fresh(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """If the platform signs what follows the entry, few requests need it."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await keeper.token()
        for _ in range(60):
            await clock.advance(60)
            keeper.played()
            assert not keeper.cold
    assert 60 <= len(source.asked) <= 90


async def test_a_player_waits_if_the_token_was_cold(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The 8 s of patience begin with the player, not when a cold token expired."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(3600)
        source.failure = UNREACHABLE
        player = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(4)
        assert not player.done()
        source.failure = None
        await clock.advance(2)
        assert (await player).kept is not None


async def test_a_failing_first_token_is_retried_as_usual_and_later_rarely(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The stream is not cold: something is wrong, and that stays reported."""
    source.failure = UNREACHABLE
    begun = clock.mono()
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(600)
        assert max(gaps(source.asked)) <= 6.0
        await clock.advance(1200)
        assert not keeper.cold
        seldom = [at for at in source.asked if at > begun + 601]
        assert 9 <= len(seldom) <= 11
        source.failure = None
        await clock.advance(120)
        assert keeper.generation == 1


async def test_the_failing_token_of_a_played_stream_is_not_cold(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Before and after it expires, and when its players have left."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await keeper.token()
        source.failure = UNREACHABLE
        for seconds in (50, 60, 3600):
            await clock.advance(seconds)
            assert not keeper.cold


async def test_a_stream_waits_for_its_turn_unless_it_is_played(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Until then it is cold, because nothing is known to be wrong."""
    turns = ServiceQueue(clock=clock)
    taken = [Turn(turns, Allowance(clock=clock)) for _ in range(8)]
    for turn in taken[1:]:
        await turn.reserve()
    async with taken[0]:
        pass
    await taken[0].reserve()
    keeper = keeper_of(
        source, clock, turn=Turn(turns, Allowance(clock=clock)), warm=False
    )
    async with keeper.running():
        await clock.advance(60)
        assert (source.asked, keeper.cold, keeper.usable) == ([], True, False)
        player = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(1)
        assert (await player).kept is not None
        for turn in taken:
            turn.give_back()
        await clock.advance(30)
        assert len(source.asked) == 1
        # It has left the queue, so eight others get a turn each.
        for _ in range(8):
            await clock.advance(1)
            await asyncio.wait_for(Turn(turns, Allowance(clock=clock)).reserve(), 1)


async def test_a_first_token_that_is_requested_is_not_cold(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """It counts as missing; a cold one does not."""
    turns = ServiceQueue(clock=clock)
    source.takes = 5.0
    keeper = keeper_of(
        source, clock, turn=Turn(turns, Allowance(clock=clock)), warm=False
    )
    async with keeper.running():
        await clock.advance(1)
        assert (keeper.usable, keeper.cold) == (False, False)
        await clock.advance(5)
        assert (keeper.usable, keeper.cold) == (True, True)
