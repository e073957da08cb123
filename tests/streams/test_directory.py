"""Which streams there are: those configured one by one, and members of families."""

from types import SimpleNamespace
from typing import cast

from proxy.streams.directory import Family, Streams
from proxy.streams.stream import Stream


def named(name: str) -> Stream:
    """Return something that is told from others by its name."""
    return cast("Stream", SimpleNamespace(name=name))


def test_streams_are_found_by_name() -> None:
    """An unknown one is None, not a guess."""
    streams = Streams({"lobby": named("lobby")}, {"all": Family(named, limit=2)})
    lobby = streams.find("lobby")
    assert lobby is not None
    assert lobby.name == "lobby"
    assert streams.find("all") is None
    assert streams.find("other") is None
    assert streams.families == {"all"}


def test_a_member_is_made_once() -> None:
    """Its catalog and token are kept while it is in use."""
    made: list[str] = []

    def make(member: str) -> Stream:
        made.append(member)
        return named(member)

    streams = Streams({}, {"all": Family(make, limit=2)})
    assert streams.member("all", "a") is streams.member("all", "a")
    assert made == ["a"]


def test_members_are_bounded() -> None:
    """The one that was asked for longest ago goes first."""
    family = Family(named, limit=2)
    kept = family.member("a")
    for member in ("b", "a", "c"):
        family.member(member)
    assert len(family) == 2
    assert family.member("a") is kept
