"""Refreshes that refusals force are counted and bounded, whatever keeper asks."""

from proxy.tokens.keepers.refusals import Refusals
from tests.fake_clock import FakeClock


async def test_r10_forced_refreshes_are_bounded_and_closed_when_fruitless(
    clock: FakeClock,
) -> None:
    """Two at once, one per half minute, and none for a minute after three in vain."""
    closed: list[float] = []
    refusals = Refusals(clock=clock, rejected=lambda: closed.append(clock.mono()))
    forced = []
    for generation in range(1200):
        if refusals.may_force(generation):
            forced.append(clock.mono())
        await clock.advance(0.1)
    assert forced[1] - forced[0] < 0.2
    assert [round(at - forced[0]) for at in closed] == [30, 90]
    assert all(sum(at <= each < at + 60 for each in forced) <= 3 for at in forced)


async def test_an_accepted_token_of_a_forced_refresh_clears_the_account(
    clock: FakeClock,
) -> None:
    """One from before it proves nothing."""
    closed: list[float] = []
    refusals = Refusals(clock=clock, rejected=lambda: closed.append(clock.mono()))
    for generation in range(2, 8):
        assert refusals.may_force(generation)
        refusals.accepted(generation)
        await clock.advance(30)
    for generation in range(8, 11):
        assert refusals.may_force(generation)
        refusals.accepted(generation - 1)
        await clock.advance(30)
    assert not refusals.may_force(11)
    assert len(closed) == 1


async def test_doubts_are_rare_and_take_from_the_same_account(
    clock: FakeClock,
) -> None:
    """An hour of an entry that is missing; nothing is called a rejection."""
    closed: list[float] = []
    refusals = Refusals(clock=clock, rejected=lambda: closed.append(clock.mono()))
    begun, at = clock.mono(), list[int]()
    for generation in range(720):
        if refusals.may_doubt(generation, age=60):
            at.append(round(clock.mono() - begun))
        await clock.advance(5)
    assert at == [0, 30, 90, 210, 450, 930, 1530, 2130, 2730, 3330]
    assert closed == []
    refusals.accepted(1000)
    await clock.advance(5)
    assert not refusals.may_doubt(1001, age=4)
    assert refusals.may_doubt(1001, age=5)
    assert refusals.may_force(1002)
    assert not refusals.may_force(1003)
