"""How long the name of a rendition keeps its upstream URL."""

from collections.abc import Awaitable, Callable

import pytest

from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.listing import Listing, Sheet
from proxy.localise.stable_names import StableNames
from tests.fake_clock import FakeClock

LOW, HIGH = "360p/index.m3u8", "720p/index.m3u8"


class House:
    """A catalog whose entry opens a session at each load, with players."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.stable = StableNames(
            clock=self.clock, steady=lambda url: url.split("?")[0]
        )
        self.catalog = Catalog("https://o/v.m3u8", limit=100, keeps=self.stable)

    def look(self, session: str, sign: str = "") -> None:
        """Load the entry, which lists two renditions in this session."""
        urls = {path: f"https://o/{session}/{path}{sign}" for path in (LOW, HIGH)}
        listing = Listing.of([Sheet(Kind.PLAYLIST, ENTRY, depth=1, urls=urls)])
        self.catalog.learn(ENTRY, listing, now=self.clock.mono(), keep=None)

    def play(self, path: str = LOW, *, version: int = 1, live: bool = True) -> None:
        """Let a player load a rendition."""
        self.stable.loaded(path, version=version, live=live, target_seconds=4)
        self.stable.played(path)

    @property
    def sessions(self) -> str:
        """The session of each rendition."""
        found = [self.catalog.get(path) for path in (LOW, HIGH)]
        return "".join(one.url[10] for one in found if one)


@pytest.fixture
def house() -> House:
    """Return a house that has loaded its entry once, and is played."""
    house = House()
    house.look("1")
    house.play()
    return house


async def test_while_one_is_played_all_keep_their_session(house: House) -> None:
    """Also those that nobody has loaded yet: a player may switch to them."""
    for session in "23":
        house.look(session)
        await house.clock.advance(4)
        house.play(version=int(session))
    assert house.sessions == "11"


def test_listed_renditions_are_not_yet_played() -> None:
    """So the newest list counts."""
    house = House()
    house.look("1")
    house.look("2")
    assert house.sessions == "22"


def test_a_new_signature_replaces_the_old_one_at_once(house: House) -> None:
    """The old signature may expire."""
    house.look("1", "?s=2")
    assert house.sessions == "11"
    found = house.catalog.get(LOW)
    assert found is not None
    assert found.url == f"https://o/1/{LOW}?s=2"


async def stand_still(house: House) -> None:
    """Load an unchanged playlist, again and again."""
    for _ in range(4):
        await house.clock.advance(4)
        house.play()


async def leave(house: House) -> None:
    """Stop playing."""
    await house.clock.advance(61)


async def end(house: House) -> None:
    """Load an ended playlist."""
    house.play(live=False)


async def refuse(house: House) -> None:
    """Let the upstream refuse it."""
    house.stable.refused(LOW)


@pytest.mark.parametrize("why", [stand_still, leave, end])
async def test_a_newer_list_counts_if_the_old_one_is_not_needed(
    house: House, why: Callable[[House], Awaitable[None]]
) -> None:
    """It is stale, not played, or has ended."""
    await why(house)
    house.look("2")
    assert house.sessions == "22"


@pytest.mark.parametrize("why", [stand_still, end])
async def test_a_waiting_list_is_due_if_the_old_one_is_not_needed(
    house: House, why: Callable[[House], Awaitable[None]]
) -> None:
    """The siblings move with the rendition."""
    house.look("2")
    assert not house.stable.due(LOW)
    await why(house)
    assert house.stable.due(LOW)
    assert house.catalog.renew(LOW)
    assert house.sessions == "22"


def test_a_refused_rendition_leaves_the_played_ones(house: House) -> None:
    """Their players lose nothing."""
    house.play(HIGH)
    house.look("2")
    house.stable.refused(LOW)
    assert house.catalog.renew(LOW)
    assert house.sessions == "21"
    assert not house.catalog.renew(LOW)


def test_a_list_loaded_after_a_refusal_is_used(house: House) -> None:
    """For the refused rendition, and those that nobody plays."""
    house.play(HIGH)
    house.stable.refused(LOW)
    house.look("2")
    assert house.sessions == "21"
    house.play(LOW)
    house.look("3")
    assert house.sessions == "21"


async def test_a_recording_is_held_while_it_is_played(house: House) -> None:
    """It was never live, so it is not doubtful because it does not change."""
    house.stable = StableNames(clock=house.clock, steady=str)
    house.play(live=False)
    await house.clock.advance(50)
    assert house.stable.holds(LOW)
    assert not house.stable.doubtful(LOW)
    await house.clock.advance(11)
    assert not house.stable.holds(LOW)


def test_what_the_catalog_forgets_no_longer_waits(house: House) -> None:
    """Nothing is kept for unknown names."""
    house.look("2")
    assert house.stable.waits(HIGH)
    house.stable.forget([HIGH])
    assert not house.stable.waits(HIGH)


async def test_the_time_of_a_paths_last_move_is_known(house: House) -> None:
    """Data cached before it is of another session, which may have ended."""
    assert house.stable.turned_at(LOW) < 0
    await house.clock.advance(4)
    house.play(live=False)
    house.look("2")
    assert house.sessions == "22"
    assert house.stable.turned_at(LOW) == house.clock.mono()


async def test_a_dead_rendition_moves_others_only_once(house: House) -> None:
    """From then on they stay with those that are played."""
    house.play(HIGH)
    house.stable.refused(LOW)
    house.look("2")
    house.stable.helped()
    assert house.sessions == "21"
    house.look("3")
    assert house.sessions == "31"
