"""Which streams there are: those configured one by one, and members of families."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from proxy.errors import CrowdedError, NameUnknownError
from proxy.streams.directory import Family, Streams
from proxy.streams.selections import Selections
from tests.fake_clock import FakeClock


def named(name: str) -> Selections:
    """Return something that is told from others by its name."""
    return cast("Selections", SimpleNamespace(name=name, answered=False))


def playing(name: str) -> Selections:
    """Return the same, of which a player had something."""
    return cast("Selections", SimpleNamespace(name=name, answered=True))


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that moves when told."""
    return FakeClock()


def family(clock: FakeClock, *, limit: int = 1000, new_per_minute: int = 60) -> Family:
    """Return a family of members that never play."""
    return Family("all", named, limit=limit, new_per_minute=new_per_minute, clock=clock)


async def admitted(
    clock: FakeClock, members: Family, number: int, prefix: str = "x"
) -> int:
    """Ask for so many ids at once; return how many became members within 2 s."""
    asked = [
        asyncio.create_task(members.member(f"{prefix}{each}")) for each in range(number)
    ]
    for _ in range(7):
        await clock.settle(number)
        await clock.advance(0.3)
    await clock.settle(5 * number)
    ended = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)
    assert all(isinstance(each, CrowdedError | SimpleNamespace) for each in ended)
    return sum(isinstance(each, SimpleNamespace) for each in ended)


async def crowded(clock: FakeClock, members: Family, member_id: str) -> CrowdedError:
    """Ask for an id that may not come; return what is said."""
    asked = asyncio.create_task(members.member(member_id))
    await clock.advance(2.1)
    with pytest.raises(CrowdedError) as caught:
        await asyncio.wait_for(asked, 5)
    return caught.value


def test_streams_are_found_by_name(clock: FakeClock) -> None:
    """An unknown one is None, not a guess."""
    streams = Streams({"lobby": named("lobby")}, {"all": family(clock)})
    lobby = streams.find("lobby")
    assert lobby is not None
    assert lobby.name == "lobby"
    assert streams.find("all") is None
    assert streams.find("other") is None
    assert streams.families == {"all"}


async def test_a_member_is_made_once(clock: FakeClock) -> None:
    """Its catalog and token are kept while it is in use."""
    streams = Streams({}, {"all": family(clock)})
    assert streams.peek("all", "a") is None
    first = await streams.member("all", "a")
    assert await streams.member("all", "a") is first
    assert streams.peek("all", "a") is first


async def test_members_are_bounded(clock: FakeClock) -> None:
    """The one that was asked for longest ago goes first."""
    members = family(clock, limit=2)
    kept = await members.member("a")
    for member in ("b", "a", "c"):
        await members.member(member)
    assert len(members) == 2
    assert await members.member("a") is kept


async def test_ids_that_never_play_are_bounded(clock: FakeClock) -> None:
    """A burst, then one a second; those that came before are still answered."""
    members = family(clock)
    assert await admitted(clock, members, 303) == 30 + 2
    assert await admitted(clock, members, 30) == 30  # the same ids
    await clock.advance(8)
    assert await admitted(clock, members, 303, "y") == 10 + 2


async def test_a_new_one_among_too_many_is_told_so(clock: FakeClock) -> None:
    """In words for the operator, and when to come back."""
    members = family(clock, new_per_minute=2)
    await members.member("a")
    error = await crowded(clock, members, "b")
    assert "too many new members of all: more than 2 in a minute" in str(error)
    assert "new_members_per_minute" in str(error)
    assert error.retry_after == pytest.approx(28, abs=0.2)


async def test_a_thousand_members_that_play_are_let_in_within_a_minute(
    clock: FakeClock,
) -> None:
    """Players come back after a restart; but some upstreams answer for any id."""
    members = Family("all", playing, limit=1000, new_per_minute=60, clock=clock)
    began, let_in = clock.mono(), 0
    while let_in < 1000:
        let_in = await admitted(clock, members, 1000)
    assert 40 < clock.mono() - began < 60


async def test_a_new_one_waits_for_the_first_to_play(clock: FakeClock) -> None:
    """They are answered within a moment, and nobody gets a 503."""
    members = family(clock, new_per_minute=2)
    first = await members.member("first")
    second = asyncio.create_task(members.member("second"))
    same = asyncio.create_task(members.member("second"))
    await clock.advance(0.5)
    assert not second.done()
    first.answered = True
    await clock.advance(0.1)
    assert (await second).name == "second"
    assert await same is await second


async def test_a_member_that_played_is_known_when_it_comes_back(
    clock: FakeClock,
) -> None:
    """It gave way to others, and ids that nobody knows have used up what is new."""

    def make(name: str) -> Selections:
        return playing(name) if name.startswith("p") else named(name)

    members = Family("all", make, limit=5, new_per_minute=60, clock=clock)
    assert await admitted(clock, members, 20, "p") == 20
    assert await admitted(clock, members, 303, "x") == 30 + 2
    assert await admitted(clock, members, 20, "p") == 20
    assert len(members) == 5


async def test_one_that_plays_later_is_known_as_well(clock: FakeClock) -> None:
    """Not until then: its upstream had no answer."""
    members = family(clock, limit=1, new_per_minute=2)
    stream = await members.member("slow")
    await crowded(clock, members, "other")
    stream.answered = True
    await members.member("other")
    await members.member("slow")


async def test_an_id_that_cannot_be_one_takes_nothing(clock: FakeClock) -> None:
    """It is unknown, and costs nobody a request."""

    def make(name: str) -> Selections:
        if "." in name:
            raise NameUnknownError("no stream can have this id")
        return named(name)

    members = Family("all", make, limit=9, new_per_minute=2, clock=clock)
    for _ in range(5):
        with pytest.raises(NameUnknownError):
            await members.member("..")
    assert (await members.member("a")).name == "a"


async def test_who_gives_way_is_told(clock: FakeClock) -> None:
    """Its names are counted no more."""
    left: list[str] = []
    members = Family(
        "all",
        playing,
        limit=2,
        new_per_minute=60,
        clock=clock,
        left=lambda stream: left.append(stream.name),
    )
    for name in "abca":
        await members.member(name)
    assert left == ["a", "b"]
