"""Names that a newer token did not help force no other one."""

from proxy.core.tokens.refresh.subjects import ENTRY, Rank, Subject
from proxy.tokens.keepers.refused_names import (
    MOST_NAMES,
    NAME_SECONDS,
    RefusedNames,
)
from tests.fake_clock import FakeClock

DEAD = Subject(Rank.MEDIUM, "dead.ts")


async def test_a_name_is_blocked_for_a_minute(clock: FakeClock) -> None:
    """The entry never is, because nothing else stands in for it."""
    names = RefusedNames(clock)
    assert not names.holds(DEAD)
    names.tried(DEAD, 2)
    names.tried(ENTRY, 2)
    assert names.holds(DEAD)
    assert not names.holds(ENTRY)
    assert not names.holds(Subject(Rank.PLAYLIST, "dead.ts"))
    await clock.advance(NAME_SECONDS - 1)
    assert names.holds(DEAD)
    await clock.advance(1)
    assert not names.holds(DEAD)


async def test_it_is_unblocked_once_that_token_or_a_newer_one_opened_it(
    clock: FakeClock,
) -> None:
    """A late answer to a request with an older one does not count."""
    names = RefusedNames(clock)
    names.tried(DEAD, 2)
    names.accepted(DEAD, 1)
    assert names.holds(DEAD)
    names.accepted(DEAD, 3)
    assert not names.holds(DEAD)


async def test_the_number_of_remembered_names_is_limited(clock: FakeClock) -> None:
    """The one that was tried longest ago is dropped."""
    names = RefusedNames(clock)
    for number in range(MOST_NAMES + 1):
        names.tried(Subject(Rank.MEDIUM, f"{number}"), 2)
    assert not names.holds(Subject(Rank.MEDIUM, "0"))
    assert names.holds(Subject(Rank.MEDIUM, "1"))
