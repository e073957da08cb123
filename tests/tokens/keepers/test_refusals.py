"""Refreshes that refusals force are counted and limited, for any keeper."""

import pytest

from proxy.core.tokens.refresh.subjects import ENTRY, Rank, Subject
from proxy.tokens.keepers.refusals import Refusals
from tests.fake_clock import FakeClock


async def test_r10_forced_refreshes_are_limited_and_stop_if_fruitless(
    clock: FakeClock,
) -> None:
    """Two at once, one per half minute, none for a minute after three useless ones."""
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


async def test_an_accepted_token_of_a_forced_refresh_resets_the_count(
    clock: FakeClock,
) -> None:
    """An earlier one proves nothing."""
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


async def test_doubts_are_rare_and_have_their_own_budget(
    clock: FakeClock,
) -> None:
    """The entry is missing for an hour; nothing counts as a rejection."""
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
    assert refusals.may_doubt(1001, age=5)
    assert refusals.may_force(1002)
    assert refusals.may_force(1003)
    assert not refusals.may_force(1004)


async def test_a_new_token_is_not_doubted_for_half_a_minute(
    clock: FakeClock,
) -> None:
    """Something that is missing with it really is missing."""
    refusals = Refusals(clock=clock, rejected=lambda: None)
    asked = []
    for second in range(60):
        if refusals.may_doubt(1, age=second):
            asked.append(second)
        await clock.advance(1)
    assert asked == [34]


async def test_refused_media_do_not_use_the_budget_of_playlists(
    clock: FakeClock,
) -> None:
    """Each has its own budget; so has an entry that no token has opened."""
    refusals = Refusals(clock=clock, rejected=lambda: None)
    for rank in (Rank.MEDIUM, Rank.NEWCOMER, Rank.PLAYLIST, Rank.ENTRY):
        forced = [
            refusals.may_force(number, Subject(rank, f"{number}"))
            for number in range(2, 42)
        ]
        assert sum(forced) == 2, rank


async def test_r10_while_the_entry_is_refused_others_force_nothing(
    clock: FakeClock,
) -> None:
    """Once a token opens the entry, others may force again."""
    refusals = Refusals(clock=clock, rejected=lambda: None)
    segment = Subject(Rank.MEDIUM, "s5.ts")
    assert refusals.may_force(2)
    assert not refusals.may_force(3, segment)
    refusals.accepted(2)
    assert refusals.may_force(3, segment)


@pytest.mark.parametrize("rank", [Rank.MEDIUM, Rank.NEWCOMER, Rank.PLAYLIST])
async def test_a_name_that_a_newer_token_did_not_help_has_its_own_limit(
    clock: FakeClock, rank: Rank
) -> None:
    """It forces one refresh a minute and never uses the budget of its siblings."""
    refusals = Refusals(clock=clock, rejected=lambda: None)
    dead, forced = Subject(rank, "dead"), 0
    for generation in range(2, 602):
        if refusals.may_force(generation, dead):
            forced += 1
            refusals.tried(generation, dead)
        refusals.accepted(generation, Subject(rank, "fine"))
        await clock.advance(1)
    assert forced == 10
    assert refusals.may_force(602, Subject(rank, "other"))


async def test_a_name_that_was_accepted_since_may_force_again(clock: FakeClock) -> None:
    """An earlier token that opened it says nothing about the newer one."""
    refusals = Refusals(clock=clock, rejected=lambda: None)
    segment = Subject(Rank.MEDIUM, "s5.ts")
    assert refusals.may_force(2, segment)
    refusals.tried(2, segment)
    refusals.accepted(1, segment)
    assert not refusals.may_force(3, segment)
    refusals.accepted(2, segment)
    assert refusals.may_force(3, segment)


async def test_the_entry_may_always_force_within_its_budget(clock: FakeClock) -> None:
    """No other name stands in for it."""
    refusals = Refusals(clock=clock, rejected=lambda: None)
    assert refusals.may_force(2)
    refusals.tried(2, ENTRY)
    assert refusals.may_force(3)


@pytest.mark.parametrize(("opened", "told"), [(True, 0), (False, 1)])
async def test_refused_media_do_not_reject_a_token_that_opens_playlists(
    clock: FakeClock, *, opened: bool, told: int
) -> None:
    """That token is good; otherwise it is reported that refreshing does not help."""
    closed: list[float] = []
    refusals = Refusals(clock=clock, rejected=lambda: closed.append(clock.mono()))
    for generation in range(2, 6):
        refusals.may_force(generation, Subject(Rank.MEDIUM, f"{generation}"))
        if opened:
            refusals.accepted(generation, ENTRY)
        await clock.advance(30)
    assert len(closed) == told
