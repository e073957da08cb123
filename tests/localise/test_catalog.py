"""Local path -> what stands behind it today."""

import gc
import time
import weakref

from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS, Catalog
from proxy.localise.listing import Listing, Resource, Sheet
from proxy.localise.room import Allowed

PARENT = "720p/index.m3u8"


class Urls(dict[str, str]):
    """A dict that can be watched."""


def sheet(urls: dict[str, str], kind: Kind, parent: str = PARENT) -> Sheet:
    """Return what a stretch of a playlist names."""
    return Sheet(kind, parent, 1, urls)


def window(*numbers: int, parent: str = PARENT, sign: str = "") -> Listing:
    """Return segments as a playlist of that window names them."""
    folder = parent.rpartition("/")[0]
    urls = {f"{folder}/{n}.ts": f"https://o/{n}.ts{sign}" for n in numbers}
    return Listing.of([sheet(urls, Kind.SEGMENT, parent)])


def test_the_entry_is_known_from_the_start() -> None:
    """It comes from the configuration, all else from playlists."""
    catalog = Catalog("https://o/main.m3u8", limit=10)
    entry = catalog.get(ENTRY)
    assert entry == Resource("https://o/main.m3u8", Kind.ENTRY, ENTRY)
    assert catalog.get("720p/1.ts") is None


def test_a_url_never_prints() -> None:
    """It may hold a platform's signature."""
    assert "signature" not in repr(Resource("https://o/?signature", Kind.KEY, ENTRY))


def test_c8_a_name_points_to_its_newest_url() -> None:
    """A fresh signature replaces the old one at once."""
    catalog = Catalog("https://o/", limit=10)
    catalog.learn(PARENT, window(1, sign="?s=1"), now=0.0, keep=10.0)
    catalog.learn(PARENT, window(1, sign="?s=2"), now=1.0, keep=10.0)
    found = catalog.get("720p/1.ts")
    assert found is not None
    assert found.url.endswith("?s=2")


def test_c9_what_left_a_live_window_stays_for_a_while() -> None:
    """RFC 8216bis section 6.2.2 lets players ask for removed segments."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=10.0)
    catalog.learn(PARENT, window(2, 3), now=1.0, keep=10.0)
    catalog.learn(PARENT, window(3, 4), now=10.9, keep=10.0)
    assert catalog.get("720p/1.ts")
    catalog.learn(PARENT, window(4, 5), now=11.0, keep=10.0)
    assert not catalog.get("720p/1.ts")
    assert catalog.get("720p/2.ts")
    assert catalog.get("720p/4.ts")


def test_a_segment_that_comes_back_stays() -> None:
    """One origin of several may lag behind: its window ends earlier."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=10.0)
    catalog.learn(PARENT, window(2), now=1.0, keep=10.0)
    catalog.learn(PARENT, window(1, 2), now=2.0, keep=10.0)
    catalog.learn(PARENT, window(1, 2), now=50.0, keep=10.0)
    assert catalog.get("720p/1.ts")


def test_c9_what_left_a_window_stays_as_long_as_the_longest_asked() -> None:
    """An encoder that was restarted begins with one segment, and players are behind."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=30.0)
    catalog.learn(PARENT, window(3), now=1.0, keep=10.0)
    catalog.learn(PARENT, window(4), now=30.9, keep=10.0)
    assert catalog.get("720p/1.ts")
    catalog.learn(PARENT, window(4), now=31.0, keep=10.0)
    assert not catalog.get("720p/1.ts")


def test_c9_what_leaves_a_window_twice_stays_as_long_again() -> None:
    """A slate, or one origin of several that lags behind."""
    catalog = Catalog("https://o/", limit=100)
    for now, numbers in ((0.0, (1, 2)), (1.0, (2,)), (9.0, (1, 2)), (10.0, (2,))):
        catalog.learn(PARENT, window(*numbers), now=now, keep=10.0)
    catalog.learn(PARENT, window(2), now=19.9, keep=10.0)
    assert catalog.get("720p/1.ts")
    catalog.learn(PARENT, window(2), now=20.0, keep=10.0)
    assert not catalog.get("720p/1.ts")


def test_what_left_a_window_holds_nothing_else_in_memory() -> None:
    """Of a long one, signed anew each time, every name would hold a whole version."""
    catalog = Catalog("https://o/", limit=100)
    urls = Urls({f"720p/{n}.ts": f"https://o/{n}.ts" for n in (1, 2, 3)})
    held = weakref.ref(urls)
    first = Listing.of([sheet(urls, Kind.SEGMENT)])
    del urls
    catalog.learn(PARENT, first, now=0.0, keep=10.0)
    del first
    catalog.learn(PARENT, window(2, 3, 4, sign="?s=2"), now=1.0, keep=10.0)
    gc.collect()
    assert catalog.get("720p/1.ts")
    assert held() is None


def test_a_recording_keeps_all_it_ever_named() -> None:
    """VOD and the variants of an entry that a player's selection left out."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=None)
    catalog.learn(PARENT, window(3), now=1e9, keep=None)
    assert catalog.get("720p/1.ts")


def test_a_shared_key_outlives_the_window_of_one_rendition() -> None:
    """The rendition that named it last keeps it."""
    catalog = Catalog("https://o/", limit=100)
    other = "360p/index.m3u8"
    for parent in (PARENT, other):
        key = Listing.of([sheet({"common/key.bin": "https://o/key"}, Kind.KEY, parent)])
        catalog.learn(parent, key, now=0.0, keep=10.0)
    catalog.learn(PARENT, window(1), now=1.0, keep=10.0)
    catalog.learn(PARENT, window(2), now=100.0, keep=10.0)
    assert catalog.get("common/key.bin")


def test_c9_at_the_limit_the_last_served_playlist_loses_no_name() -> None:
    """What left a window goes first, then the playlists least recently loaded."""
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


def playlists(parent: str, *paths: str, sign: str = "") -> Listing:
    """Return a list of playlists."""
    urls = {path: f"https://o/{path}{sign}" for path in paths}
    return Listing.of([sheet(urls, Kind.PLAYLIST, parent)])


def test_at_the_limit_each_playlist_costs_what_it_names() -> None:
    """Twenty thousand of advertising: one more once took 19 s."""
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


def test_a_long_window_that_ends_at_once_costs_what_it_names() -> None:
    """The first of a dict is found slowly where many were taken before it."""
    catalog = Catalog("https://o/", limit=500_000)
    catalog.learn(PARENT, window(*range(200_000)), now=0.0, keep=1.0)
    catalog.learn(PARENT, window(-1), now=0.0, keep=1.0)
    begun = time.thread_time()
    catalog.learn(PARENT, window(-2), now=2.0, keep=1.0)
    assert time.thread_time() - begun < 1.0
    assert len(catalog) == 3


def test_at_the_limit_what_nothing_lists_goes_before_what_is_listed() -> None:
    """A recording signed anew at each load, beside one that is played for an hour."""
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


def test_at_the_limit_an_address_of_each_load_pushes_out_nothing_listed() -> None:
    """A steering manifest with a session of its own at each load of the entry."""
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


def test_playlists_that_nothing_lists_and_that_name_nothing_end() -> None:
    """No limit on names would ever end them."""
    catalog = Catalog("https://o/", limit=10_000)
    first = "common/l-0.json"
    for load in range(MOST_PLAYLISTS + 10):
        path = f"common/l-{load}.json"
        catalog.learn(PARENT, playlists(PARENT, path), now=float(load), keep=0.0)
        catalog.learn(path, Listing(), now=float(load), keep=1.0)
    assert not catalog.knows_children_of(first)
    assert catalog.knows_children_of(path)


def test_at_the_limit_a_delta_loses_nothing_that_it_skips() -> None:
    """It is listed still, though older than what nothing lists."""
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


def test_at_the_limit_the_setting_that_helps_is_told_once() -> None:
    """Here a signature that makes names anew."""
    told: list[tuple[str, str]] = []
    catalog = Catalog("https://o/", limit=20, full=lambda *said: told.append(said))
    for load in range(10):
        urls = {f"720p/s{load}-{n}.ts": f"https://o/{n}.ts?s={load}" for n in range(5)}
        listing = Listing.of([sheet(urls, Kind.SEGMENT)])
        catalog.learn(PARENT, listing, now=0.0, keep=None)
    ((path, said),) = told
    assert path == PARENT
    assert 'add "s" to volatile.query, or raise limits.names_per_stream (20)' in said


def test_a_live_playlist_that_is_signed_anew_is_told_when_that_is_seen() -> None:
    """The first version has too many names by itself: another load tells why."""
    told: list[tuple[str, str]] = []
    catalog = Catalog("https://o/", limit=20, full=lambda *said: told.append(said))
    catalog.learn("360p/index.m3u8", window(*range(9)), now=0.0, keep=None)
    for load in range(5):
        urls = {f"720p/{n}-{load}.ts": f"https://o/{n}.ts?x={load}" for n in range(20)}
        listing = Listing.of([sheet(urls, Kind.SEGMENT)])
        catalog.learn(PARENT, listing, now=0.0, keep=10.0)
    raise_it = "raise limits.names_per_stream (20)"
    assert [path for path, _ in told] == [PARENT, PARENT]
    assert told[0][1] == raise_it
    assert 'add "x" to volatile.query' in told[1][1]


class Shared:
    """A room that others take most of."""

    over = False

    def __init__(self, *allowed: int) -> None:
        self.allowed = Allowed(*allowed)
        self.taken: list[int] = []

    def takes(self, names: int) -> Allowed:
        """Take in how many names there are."""
        self.taken.append(names)
        return self.allowed


def test_what_is_listed_stays_where_only_spare_names_are_too_many() -> None:
    """What left the window goes early; the other rendition is still listed."""
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


def test_a_catalog_that_is_dropped_knows_its_entry() -> None:
    """And learns again as if nothing had been."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(*range(8)), now=0.0, keep=10.0)
    catalog.forget()
    assert len(catalog) == 1
    assert not catalog.knows_children_of(PARENT)
    catalog.learn(PARENT, window(*range(8)), now=0.0, keep=10.0)
    assert len(catalog) == 9
