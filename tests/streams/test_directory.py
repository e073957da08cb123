"""Which streams there are: those configured one by one, and members of families."""

from types import SimpleNamespace
from typing import cast

import pytest

from proxy.errors import CrowdedError, NameUnknownError
from proxy.streams.directory import Family, Streams
from proxy.streams.stream import Stream
from tests.fake_clock import FakeClock


def named(name: str) -> Stream:
    """Return something that is told from others by its name."""
    return cast("Stream", SimpleNamespace(name=name, answered=False))


def playing(name: str) -> Stream:
    """Return the same, of which a player had something."""
    return cast("Stream", SimpleNamespace(name=name, answered=True))


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that moves when told."""
    return FakeClock()


def family(clock: FakeClock, *, limit: int = 1000, new_per_minute: int = 60) -> Family:
    """Return a family of members that never play."""
    return Family("all", named, limit=limit, new_per_minute=new_per_minute, clock=clock)


def admitted(members: Family, number: int, prefix: str = "x") -> int:
    """Ask for so many ids; return how many became members."""
    count = 0
    for each in range(number):
        try:
            members.member(f"{prefix}{each}")
        except CrowdedError:
            continue
        count += 1
    return count


def test_streams_are_found_by_name(clock: FakeClock) -> None:
    """An unknown one is None, not a guess."""
    streams = Streams({"lobby": named("lobby")}, {"all": family(clock)})
    lobby = streams.find("lobby")
    assert lobby is not None
    assert lobby.name == "lobby"
    assert streams.find("all") is None
    assert streams.find("other") is None
    assert streams.families == {"all"}


def test_a_member_is_made_once(clock: FakeClock) -> None:
    """Its catalog and token are kept while it is in use."""
    streams = Streams({}, {"all": family(clock)})
    assert streams.member("all", "a") is streams.member("all", "a")


def test_members_are_bounded(clock: FakeClock) -> None:
    """The one that was asked for longest ago goes first."""
    members = family(clock, limit=2)
    kept = members.member("a")
    for member in ("b", "a", "c"):
        members.member(member)
    assert len(members) == 2
    assert members.member("a") is kept


async def test_ids_that_never_play_are_bounded(clock: FakeClock) -> None:
    """A burst, then one a second; those that came before are still answered."""
    members = family(clock)
    assert admitted(members, 303) == 30
    with pytest.raises(CrowdedError, match="more than 60 in a minute") as caught:
        members.member("new")
    assert caught.value.retry_after == pytest.approx(1.0)
    assert "new_members_per_minute" in str(caught.value)
    assert admitted(members, 30) == 30  # the same ids
    await clock.advance(10)
    assert admitted(members, 303, "y") == 10


async def test_members_that_play_are_let_in_however_many(clock: FakeClock) -> None:
    """A thousand players come back after a restart."""
    members = Family("all", playing, limit=1000, new_per_minute=60, clock=clock)
    assert admitted(members, 1000) == 1000


async def test_a_member_that_played_is_known_when_it_comes_back(
    clock: FakeClock,
) -> None:
    """It gave way to others, and ids that nobody knows have used up what is new."""
    made: list[Stream] = []

    def make(name: str) -> Stream:
        made.append(playing(name) if name.startswith("p") else named(name))
        return made[-1]

    members = Family("all", make, limit=5, new_per_minute=60, clock=clock)
    assert admitted(members, 20, "p") == 20
    assert admitted(members, 303, "x") == 30
    assert admitted(members, 20, "p") == 20
    assert admitted(members, 303, "y") == 0
    assert len(members) == 5


async def test_one_that_plays_later_is_known_as_well(clock: FakeClock) -> None:
    """Not until then: its upstream had no answer."""
    members = family(clock, limit=1, new_per_minute=2)
    stream = members.member("slow")
    with pytest.raises(CrowdedError):
        members.member("other")
    stream.answered = True
    members.member("other")
    members.member("slow")


def test_an_id_that_cannot_be_one_takes_nothing(clock: FakeClock) -> None:
    """It is unknown, and costs nobody a request."""

    def make(name: str) -> Stream:
        if "." in name:
            raise NameUnknownError("no stream can have this id")
        return named(name)

    members = Family("all", make, limit=9, new_per_minute=2, clock=clock)
    for _ in range(5):
        with pytest.raises(NameUnknownError):
            members.member("..")
    assert members.member("a").name == "a"
