"""Refreshes that refusals force are counted and bounded, whatever keeper asks."""

from proxy.tokens.refusals import Refusals
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
