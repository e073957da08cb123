"""The advice if a stream has too many names."""

from proxy.core.kind import Kind
from proxy.localise.catalog import Catalog
from proxy.localise.listing import Listing
from tests.localise.listings import PARENT, sheet, window


def test_the_setting_that_helps_is_reported_once() -> None:
    """Here a signature makes new names at each load."""
    told: list[tuple[str, str]] = []
    catalog = Catalog("https://o/", limit=20, full=lambda *said: told.append(said))
    for load in range(10):
        urls = {f"720p/s{load}-{n}.ts": f"https://o/{n}.ts?s={load}" for n in range(5)}
        listing = Listing.of([sheet(urls, Kind.SEGMENT)])
        catalog.learn(PARENT, listing, now=0.0, keep=None)
    ((path, said),) = told
    assert path == PARENT
    assert 'add "s" to volatile.query, or raise limits.names_per_stream (20)' in said


def test_better_advice_is_reported_when_a_later_version_shows_the_cause() -> None:
    """The first version alone has too many names; a second one shows why."""
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
