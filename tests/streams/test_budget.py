"""How many names presentations may hold together; unused ones are dropped."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.localise.name_quota import Allowed
from proxy.streams.budget import FORGOTTEN_SECONDS, IDLE_SECONDS, Budget, Share
from tests.fake_clock import FakeClock


class Budgets:
    """The budgets of a program and of one of its streams; shares have names."""

    def __init__(self, limit: int = 1000, total: int = 1000) -> None:
        self.clock = FakeClock()
        self.full: list[int] = []
        self.left: list[str] = []
        self.total = Budget(total, clock=self.clock, full=self._full)
        self.own = Budget(limit, clock=self.clock)

    def _full(self, limit: int) -> None:
        self.full.append(limit)

    def share(self, name: str, names: int = 0, *, played: bool = False) -> Share:
        """Return the share of a presentation that a player has requested."""
        share = Share(self.own, self.total, left=lambda: self.left.append(name))
        with share:
            if names:
                share.takes(names)
        if played:
            share.play()
        return share


def test_presentations_that_never_played_are_dropped_first() -> None:
    """The least recently requested one first; played ones stay."""
    budgets = Budgets(limit=100)
    budgets.share("played", 30, played=True)
    first, _ = budgets.share("first", 30), budgets.share("second", 30)
    with first:
        pass
    budgets.share("third", 40)
    assert budgets.left == ["second"]
    budgets.share("fourth", 60)
    assert budgets.left == ["second", "first", "third"]
    assert (budgets.own.names, budgets.total.names, len(budgets.own)) == (90, 90, 2)


async def test_idle_presentations_are_dropped_next() -> None:
    """No player has requested them for minutes."""
    budgets = Budgets(limit=100)
    budgets.share("idle", 30, played=True)
    await budgets.clock.advance(IDLE_SECONDS - 1)
    held = budgets.share("held", 30, played=True)
    held.takes(80)
    assert budgets.left == []
    await budgets.clock.advance(1)
    held.takes(80)
    assert budgets.left == ["idle"]


def test_a_presentation_in_use_stays() -> None:
    """Otherwise its player would get unknown names."""
    budgets = Budgets(limit=100)
    busy = budgets.share("busy", 60)
    with busy:
        budgets.share("other", 60)
        assert budgets.left == []
    budgets.share("third", 10)
    assert budgets.left == ["busy"]


def test_each_played_presentation_has_at_least_an_equal_part() -> None:
    """Or what the others leave, if that is more."""
    budgets = Budgets(limit=90)
    small = budgets.share("small", 10, played=True)
    large = budgets.share("large", 70, played=True)
    assert (small.takes(10).names, large.takes(70).names) == (45, 80)
    third = budgets.share("third", 50, played=True)
    assert third.takes(50) == Allowed(30, 30)
    assert large.takes(30).names == 30
    assert budgets.left == []


def test_the_total_limit_only_applies_to_spare_names() -> None:
    """Names that playlists list may exceed it; that is reported once."""
    budgets = Budgets(limit=100, total=60)
    one = budgets.share("one", 50, played=True)
    two = budgets.share("two", 40, played=True)
    assert two.takes(40) == Allowed(50, 30)
    assert one.takes(50) == Allowed(60, 30)
    assert (budgets.full, budgets.left) == ([60], [])
    for limit in (60, 70):
        budgets.total.resize(limit)
        one.takes(50)
    assert budgets.full == [60, 70]


def test_a_share_that_left_no_longer_counts() -> None:
    """A running request may still learn names."""
    budgets = Budgets(limit=100)
    share = budgets.share("one", 50, played=True)
    share.leave()
    share.leave()
    assert share.takes(80) == Allowed(100, 100)
    share.play()
    with share:
        pass
    assert (budgets.own.names, len(budgets.own), budgets.left) == (0, 0, [])


@pytest.mark.parametrize(("played", "goes"), [(False, False), (True, True)])
async def test_the_time_to_wait_ends_when_one_may_be_idle(
    *, played: bool, goes: bool
) -> None:
    """It depends on the first of those that are played."""
    budgets = Budgets()
    budgets.share("one", played=played)
    await budgets.clock.advance(100)
    wait = budgets.own.seconds_to_wait()
    assert wait == (IDLE_SECONDS - 100 if goes else 0)


async def test_unused_presentations_are_dropped_after_a_long_time() -> None:
    """Although there is room; but not lasting ones."""
    clock, left = FakeClock(), list[str]()
    budget = Budget(1000, clock=clock, forgets=True)

    def note(name: str) -> Callable[[], None]:
        return lambda: left.append(name)

    lasting = Share(budget, left=note("lasting"), lasting=True)
    one, two = (Share(budget, left=note(name)) for name in ("one", "two"))
    lasting.play()
    one.play()
    await clock.advance(FORGOTTEN_SECONDS - 1)
    assert left == []
    with two:
        await clock.advance(60)
        assert left == ["one"]
    await clock.advance(2 * FORGOTTEN_SECONDS)
    assert left == ["one", "two"]
    assert len(budget) == 1


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["takes", "plays", "asks", "leaves"]),
            st.integers(0, 4),
            st.integers(0, 60),
        ),
        max_size=40,
    )
)
def test_names_are_counted_correctly(steps: list[tuple[str, int, int]]) -> None:
    """After any steps: dropped shares do not count, and played ones are not dropped."""
    budgets = Budgets(limit=100, total=100)
    shares = [budgets.share(str(number)) for number in range(5)]
    left, was_left = set[int](), set[int]()
    for step, number, amount in steps:
        share, played = shares[number], {n for n in range(5) if shares[n].played}
        if step == "takes":
            share.takes(amount)
        elif step == "plays":
            share.play()
        elif step == "leaves":
            share.leave()
            left.add(number)
        else:
            with share:
                pass
        gone = left | set(map(int, budgets.left))
        there = [share.names for n, share in enumerate(shares) if n not in gone]
        assert budgets.own.names == budgets.total.names == sum(there)
        assert len(budgets.own) == len(budgets.total) == len(there)
        assert not played & set(map(int, budgets.left)) - was_left
        was_left = set(map(int, budgets.left))
