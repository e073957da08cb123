"""How long the name of a rendition goes on meaning what it meant."""

from collections.abc import Awaitable, Callable

import pytest

from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.listing import Listing, Sheet
from proxy.localise.stable_names import StableNames
from tests.fake_clock import FakeClock

LOW, HIGH = "360p/index.m3u8", "720p/index.m3u8"


class House:
    """A catalog whose entry opens a session at each load, and who plays."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.stable = StableNames(
            clock=self.clock, steady=lambda url: url.split("?")[0]
        )
        self.catalog = Catalog("https://o/v.m3u8", limit=100, keeps=self.stable)

    def look(self, session: str, sign: str = "") -> None:
        """Load the entry, which lists two renditions in this session."""
        urls = {path: f"https://o/{session}/{path}{sign}" for path in (LOW, HIGH)}
        listing = Listing.of([Sheet(Kind.PLAYLIST, ENTRY, 1, urls)])
        self.catalog.learn(ENTRY, listing, now=self.clock.mono(), keep=None)

    def play(self, path: str = LOW, *, version: int = 1, live: bool = True) -> None:
        """Let a player load a rendition."""
        self.stable.loaded(path, version=version, live=live, target_seconds=4)
        self.stable.played(path)

    @property
    def sessions(self) -> str:
        """In which session each rendition is."""
        found = [self.catalog.get(path) for path in (LOW, HIGH)]
        return "".join(one.url[10] for one in found if one)


@pytest.fixture
def house() -> House:
    """Return one that has loaded its entry once, and is played."""
    house = House()
    house.look("1")
    house.play()
    return house


async def test_while_one_is_played_all_keep_their_session(house: House) -> None:
    """Also those that nobody has loaded yet: a player may change to them."""
    for session in "23":
        house.look(session)
        await house.clock.advance(4)
        house.play(version=int(session))
    assert house.sessions == "11"


def test_nobody_plays_what_was_only_listed() -> None:
    """The newest list counts, as it always did."""
    house = House()
    house.look("1")
    house.look("2")
    assert house.sessions == "22"


def test_what_is_signed_anew_is_replaced_at_once(house: House) -> None:
    """The old signature may end."""
    house.look("1", "?s=2")
    assert house.sessions == "11"
    found = house.catalog.get(LOW)
    assert found is not None
    assert found.url == f"https://o/1/{LOW}?s=2"


async def stand_still(house: House) -> None:
    """Poll, and get the same."""
    for _ in range(4):
        await house.clock.advance(4)
        house.play()


async def leave(house: House) -> None:
    """Ask for nothing."""
    await house.clock.advance(61)


async def end(house: House) -> None:
    """Get the end of an event."""
    house.play(live=False)


async def refuse(house: House) -> None:
    """Be refused."""
    house.stable.refused(LOW)


@pytest.mark.parametrize("why", [stand_still, leave, end])
async def test_a_newer_list_counts_when_nothing_speaks_for_the_old_one(
    house: House, why: Callable[[House], Awaitable[None]]
) -> None:
    """It stands still, is not played, or has ended."""
    await why(house)
    house.look("2")
    assert house.sessions == "22"


@pytest.mark.parametrize("why", [stand_still, end])
async def test_what_waits_is_due_when_nothing_speaks_for_the_old_one(
    house: House, why: Callable[[House], Awaitable[None]]
) -> None:
    """Its siblings go over with it."""
    house.look("2")
    assert not house.stable.due(LOW)
    await why(house)
    assert house.stable.due(LOW)
    assert house.catalog.renew(LOW)
    assert house.sessions == "22"


def test_one_that_is_refused_leaves_those_that_are_played(house: House) -> None:
    """Their players lose nothing."""
    house.play(HIGH)
    house.look("2")
    house.stable.refused(LOW)
    assert house.catalog.renew(LOW)
    assert house.sessions == "21"
    assert not house.catalog.renew(LOW)


def test_a_list_that_is_loaded_for_a_refusal_is_taken(house: House) -> None:
    """For what was refused, and what nobody plays."""
    house.play(HIGH)
    house.stable.refused(LOW)
    house.look("2")
    assert house.sessions == "21"
    house.play(LOW)
    house.look("3")
    assert house.sessions == "21"


async def test_a_recording_is_held_while_it_is_played(house: House) -> None:
    """It was never live: that it does not change says nothing."""
    house.stable = StableNames(clock=house.clock, steady=str)
    house.play(live=False)
    await house.clock.advance(50)
    assert house.stable.holds(LOW)
    assert not house.stable.doubtful(LOW)
    await house.clock.advance(11)
    assert not house.stable.holds(LOW)


def test_what_the_catalog_forgets_does_not_wait(house: House) -> None:
    """Nothing is kept of what is not known."""
    house.look("2")
    assert house.stable.waits(HIGH)
    house.stable.forget([HIGH])
    assert not house.stable.waits(HIGH)


async def test_it_is_known_since_when_a_path_stands_where_it_does(house: House) -> None:
    """What was kept before is of another session, perhaps of one that has ended."""
    assert house.stable.turned_at(LOW) < 0
    await house.clock.advance(4)
    house.play(live=False)
    house.look("2")
    assert house.sessions == "22"
    assert house.stable.turned_at(LOW) == house.clock.mono()


async def test_a_dead_rendition_takes_no_others_along_again(house: House) -> None:
    """They went with it once; from then on they stay with those that are played."""
    house.play(HIGH)
    house.stable.refused(LOW)
    house.look("2")
    house.stable.helped()
    assert house.sessions == "21"
    house.look("3")
    assert house.sessions == "31"
