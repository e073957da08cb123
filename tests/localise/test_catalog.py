"""The catalog: local path -> current resource."""

import gc
import time
import weakref

from proxy.core.kind import Kind
from proxy.localise.catalog import ENTRY, Catalog
from proxy.localise.listing import Listing, Resource
from tests.localise.listings import PARENT, sheet, window


class Urls(dict[str, str]):
    """A dict that weak references can point to."""


def test_the_entry_is_known_from_the_start() -> None:
    """It comes from the configuration, everything else from playlists."""
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


def test_c9_a_name_that_left_a_live_window_stays_for_a_while() -> None:
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


def test_a_segment_that_is_listed_again_stays() -> None:
    """One of several origins may be behind, so its window ends earlier."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=10.0)
    catalog.learn(PARENT, window(2), now=1.0, keep=10.0)
    catalog.learn(PARENT, window(1, 2), now=2.0, keep=10.0)
    catalog.learn(PARENT, window(1, 2), now=50.0, keep=10.0)
    assert catalog.get("720p/1.ts")


def test_c9_a_name_stays_for_the_longest_time_that_any_version_required() -> None:
    """A restarted encoder begins with one segment, and players are behind."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=30.0)
    catalog.learn(PARENT, window(3), now=1.0, keep=10.0)
    catalog.learn(PARENT, window(4), now=30.9, keep=10.0)
    assert catalog.get("720p/1.ts")
    catalog.learn(PARENT, window(4), now=31.0, keep=10.0)
    assert not catalog.get("720p/1.ts")


def test_c9_a_name_that_leaves_twice_stays_for_the_full_time_again() -> None:
    """As with a slate, or when one of several origins is behind."""
    catalog = Catalog("https://o/", limit=100)
    for now, numbers in ((0.0, (1, 2)), (1.0, (2,)), (9.0, (1, 2)), (10.0, (2,))):
        catalog.learn(PARENT, window(*numbers), now=now, keep=10.0)
    catalog.learn(PARENT, window(2), now=19.9, keep=10.0)
    assert catalog.get("720p/1.ts")
    catalog.learn(PARENT, window(2), now=20.0, keep=10.0)
    assert not catalog.get("720p/1.ts")


def test_a_name_that_left_a_window_keeps_nothing_else_in_memory() -> None:
    """Otherwise each name of a long window would keep a whole version of it."""
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


def test_a_recording_keeps_every_name_it_ever_listed() -> None:
    """Also the variants of an entry that a player's selection leaves out."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(1, 2), now=0.0, keep=None)
    catalog.learn(PARENT, window(3), now=1e9, keep=None)
    assert catalog.get("720p/1.ts")


def test_a_shared_key_outlives_the_window_of_one_rendition() -> None:
    """The rendition that listed it last keeps it."""
    catalog = Catalog("https://o/", limit=100)
    other = "360p/index.m3u8"
    for parent in (PARENT, other):
        key = Listing.of([sheet({"common/key.bin": "https://o/key"}, Kind.KEY, parent)])
        catalog.learn(parent, key, now=0.0, keep=10.0)
    catalog.learn(PARENT, window(1), now=1.0, keep=10.0)
    catalog.learn(PARENT, window(2), now=100.0, keep=10.0)
    assert catalog.get("common/key.bin")


def test_dropping_a_long_window_takes_constant_time_per_name() -> None:
    """In a dict, finding the first item is slow after many were removed before it."""
    catalog = Catalog("https://o/", limit=500_000)
    catalog.learn(PARENT, window(*range(200_000)), now=0.0, keep=1.0)
    catalog.learn(PARENT, window(-1), now=0.0, keep=1.0)
    begun = time.thread_time()
    catalog.learn(PARENT, window(-2), now=2.0, keep=1.0)
    assert time.thread_time() - begun < 1.0
    assert len(catalog) == 3


def test_a_catalog_that_was_cleared_still_knows_its_entry() -> None:
    """It can learn names again."""
    catalog = Catalog("https://o/", limit=100)
    catalog.learn(PARENT, window(*range(8)), now=0.0, keep=10.0)
    catalog.forget()
    assert len(catalog) == 1
    assert not catalog.knows_children_of(PARENT)
    catalog.learn(PARENT, window(*range(8)), now=0.0, keep=10.0)
    assert len(catalog) == 9
