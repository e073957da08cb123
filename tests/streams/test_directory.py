"""The streams: those configured one by one, and members of families."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from proxy.errors import CrowdedError, NameUnknownError
from proxy.streams.directory import Family, Streams
from proxy.streams.selections import Selections
from tests.fake_clock import FakeClock


def named(name: str) -> Selections:
    """Return an object with this name."""
    return cast("Selections", SimpleNamespace(name=name, answered=False))


def playing(name: str) -> Selections:
    """Return the same, with an answer for a player."""
    return cast("Selections", SimpleNamespace(name=name, answered=True))


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that moves when a test says so."""
    return FakeClock()


def family(clock: FakeClock, *, limit: int = 1000, new_per_minute: int = 60) -> Family:
    """Return a family of members that never play."""
    return Family("all", named, limit=limit, new_per_minute=new_per_minute, clock=clock)


async def admitted(
    clock: FakeClock, members: Family, number: int, prefix: str = "x"
) -> int:
    """Request this many ids at once; return how many became members within 2 s."""
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
    """Request an id that is refused; return the error."""
    asked = asyncio.create_task(members.member(member_id))
    await clock.advance(2.1)
    with pytest.raises(CrowdedError) as caught:
        await asyncio.wait_for(asked, 5)
    return caught.value


def test_streams_are_found_by_name(clock: FakeClock) -> None:
    """For an unknown name the result is None, not a guess."""
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


async def test_the_number_of_members_is_limited(clock: FakeClock) -> None:
    """The least recently requested one is dropped first."""
    members = family(clock, limit=2)
    kept = await members.member("a")
    for member in ("b", "a", "c"):
        await members.member(member)
    assert len(members) == 2
    assert await members.member("a") is kept


async def test_the_number_of_ids_that_never_play_is_limited(clock: FakeClock) -> None:
    """A burst, then one per second; existing members are still answered."""
    members = family(clock)
    assert await admitted(clock, members, 303) == 30 + 2
    assert await admitted(clock, members, 30) == 30  # the same ids
    await clock.advance(8)
    assert await admitted(clock, members, 303, "y") == 10 + 2


async def test_a_new_member_among_too_many_gets_an_error(clock: FakeClock) -> None:
    """With words for the operator, and the time to retry."""
    members = family(clock, new_per_minute=2)
    await members.member("a")
    error = await crowded(clock, members, "b")
    assert "too many new members of all: more than 2 in a minute" in str(error)
    assert "new_members_per_minute" in str(error)
    assert error.retry_after == pytest.approx(28, abs=0.2)


async def test_a_thousand_members_that_play_are_admitted_within_a_minute(
    clock: FakeClock,
) -> None:
    """Players come back after a restart; but some upstreams answer for any id."""
    members = Family("all", playing, limit=1000, new_per_minute=60, clock=clock)
    began, let_in = clock.mono(), 0
    while let_in < 1000:
        let_in = await admitted(clock, members, 1000)
    assert 40 < clock.mono() - began < 60


async def test_a_new_member_waits_for_the_first_to_play(clock: FakeClock) -> None:
    """It is answered after a moment, and nobody gets a 503."""
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
    """Although it was evicted, and unknown ids have used up the admissions."""

    def make(name: str) -> Selections:
        return playing(name) if name.startswith("p") else named(name)

    members = Family("all", make, limit=5, new_per_minute=60, clock=clock)
    assert await admitted(clock, members, 20, "p") == 20
    assert await admitted(clock, members, 303, "x") == 30 + 2
    assert await admitted(clock, members, 20, "p") == 20
    assert len(members) == 5


async def test_a_member_that_plays_later_becomes_known(clock: FakeClock) -> None:
    """But not before: its upstream had no answer."""
    members = family(clock, limit=1, new_per_minute=2)
    stream = await members.member("slow")
    await crowded(clock, members, "other")
    stream.answered = True
    await members.member("other")
    await members.member("slow")


async def test_an_invalid_id_uses_no_admission(clock: FakeClock) -> None:
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


async def test_an_evicted_member_is_reported(clock: FakeClock) -> None:
    """Its names no longer count."""
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
