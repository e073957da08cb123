"""Which names are dropped if there is no room."""

import time

from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS, Catalog
from proxy.localise.listing import Listing
from proxy.localise.name_quota import Allowed
from tests.localise.listings import PARENT, playlists, window


def test_c9_at_the_limit_the_last_served_playlist_loses_no_name() -> None:
    """Names that left a window go first, then the least recently loaded playlists."""
    catalog = Catalog("https://o/", limit=6)
    other = "360p/index.m3u8"
    catalog.learn(other, window(1, 2, 3, parent=other), now=0.0, keep=10.0)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=10.0)
    catalog.learn(PARENT, window(2, 3), now=1.0, keep=10.0)
    assert catalog.get("360p/1.ts")
    assert not catalog.get("720p/1.ts")
    catalog.learn(PARENT, window(*range(2, 12)), now=2.0, keep=10.0)
    assert not catalog.get("360p/1.ts")
    assert all(catalog.get(f"720p/{n}.ts") for n in range(2, 12))
    assert catalog.get(ENTRY)


def test_dropping_a_playlist_takes_constant_time_per_name() -> None:
    """With 20,000 playlists of advertisements, one more once took 19 s."""
    catalog = Catalog("https://o/", limit=200_000)
    took = 0.0
    for number in range(20_200):
        parent = f"ad-{number}/index.m3u8"
        listing = window(*range(10), parent=parent)
        begun = time.thread_time()
        catalog.learn(parent, listing, now=0.0, keep=None)
        took += (time.thread_time() - begun) * (number >= 20_000)
    assert took < 0.5  # for 200 of them; once 19 s for each
    assert len(catalog) <= 200_000
    assert not catalog.knows_children_of("ad-0/index.m3u8")
    assert catalog.get("ad-20199/9.ts")


def test_names_no_longer_listed_are_dropped_first() -> None:
    """A recording gets new signatures at each load, and another one is played."""
    catalog = Catalog("https://o/", limit=40)
    other = "360p/index.m3u8"
    catalog.learn(other, window(*range(10), parent=other), now=0.0, keep=None)
    for load in range(100):
        names = window(*range(10 * load, 10 * load + 10))
        catalog.learn(PARENT, names, now=0.0, keep=None)
    assert all(catalog.get(f"360p/{n}.ts") for n in range(10))
    assert all(catalog.get(f"720p/{n}.ts") for n in range(990, 1000))
    assert catalog.get("720p/980.ts")
    assert len(catalog) == 40


def test_playlists_no_longer_listed_are_dropped_before_listed_names() -> None:
    """Each load of the entry lists a steering manifest with a new session."""
    catalog = Catalog("https://o/", limit=30)
    catalog.learn(PARENT, window(*range(10)), now=0.0, keep=None)
    for load in range(100):
        manifest = f"common/s-{load}.json"
        listing = playlists(ENTRY, PARENT, manifest)
        catalog.learn(ENTRY, listing, now=0.0, keep=None)
        clones = playlists(manifest, f"c{load}/{ENTRY}")
        catalog.learn(manifest, clones, now=0.0, keep=None)
    assert all(catalog.get(f"720p/{n}.ts") for n in range(10))
    assert catalog.knows_children_of(PARENT)
    assert catalog.get("c99/index.m3u8")
    assert not catalog.knows_children_of("common/s-0.json")


def test_empty_playlists_that_are_no_longer_listed_are_dropped() -> None:
    """They hold no names, so the limit on names does not drop them."""
    catalog = Catalog("https://o/", limit=10_000)
    first = "common/l-0.json"
    for load in range(MOST_PLAYLISTS + 10):
        path = f"common/l-{load}.json"
        catalog.learn(PARENT, playlists(PARENT, path), now=float(load), keep=0.0)
        catalog.learn(path, Listing(), now=float(load), keep=1.0)
    assert not catalog.knows_children_of(first)
    assert catalog.knows_children_of(path)


def test_names_that_a_delta_skips_are_not_dropped() -> None:
    """They are still listed, although they are older than others."""
    catalog = Catalog("https://o/", limit=30)
    catalog.learn(PARENT, window(*range(20)), now=0.0, keep=10.0)
    for last in range(20, 25):
        delta = window(last - 1, last)
        catalog.learn(PARENT, delta, now=1.0, keep=None, partial=True)
    other = "360p/index.m3u8"
    for load in range(50):
        catalog.learn(other, window(load, parent=other), now=1.0, keep=None)
    assert all(catalog.get(f"720p/{n}.ts") for n in range(25))
    catalog.learn(PARENT, window(23, 24), now=2.0, keep=10.0)
    catalog.learn(PARENT, window(23, 24), now=12.0, keep=10.0)
    assert not catalog.get("720p/1.ts")


class Shared:
    """A room that is mostly taken by others."""

    over = False

    def __init__(self, *allowed: int) -> None:
        self.allowed = Allowed(*allowed)
        self.taken: list[int] = []

    def takes(self, names: int) -> Allowed:
        """Record how many names there are."""
        self.taken.append(names)
        return self.allowed


def test_above_the_spare_limit_only_names_no_longer_listed_are_dropped() -> None:
    """The other rendition is still listed, so it stays."""
    room, told = Shared(100, 10), list[str]()
    catalog = Catalog(
        "https://o/", limit=100, room=room, full=lambda _, said: told.append(said)
    )
    other = "360p/index.m3u8"
    catalog.learn(other, window(*range(8), parent=other), now=0.0, keep=10.0)
    for first in range(5):
        listing = window(*range(first, first + 8))
        catalog.learn(PARENT, listing, now=0.0, keep=10.0)
    assert all(catalog.get(f"360p/{n}.ts") for n in range(8))
    assert [bool(catalog.get(f"720p/{n}.ts")) for n in range(12)] == (
        4 * [False] + 8 * [True]
    )
    assert (told, room.taken[-1]) == ([], len(catalog))
