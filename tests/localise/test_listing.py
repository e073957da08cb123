"""What a playlist lists, and what a later version no longer lists."""

from proxy.core.kind import Kind
from proxy.localise.listing import Listing, Resource, Sheet

PARENT = "720p/index.m3u8"


def sheet(kind: Kind, *names: str, beside: str = "") -> Sheet:
    """Return the resources that a section of a playlist lists."""
    urls = {f"720p/{name}": "" if beside else f"https://o/{name}" for name in names}
    return Sheet(kind, PARENT, depth=1, urls=urls, beside=beside)


def test_a_file_beside_its_playlist_needs_no_kept_url() -> None:
    """Its name contains the URL: thousands of URLs need not be kept."""
    one = sheet(Kind.SEGMENT, "1.ts", beside="https://o/low/")
    found = one.resource("720p/1.ts")
    assert found == Resource("https://o/low/1.ts", Kind.SEGMENT, PARENT, 1)


def test_names_that_others_may_list_too_are_kept_apart() -> None:
    """Segments are in the folder of their playlist; keys are shared."""
    listing = Listing.of([sheet(Kind.SEGMENT, "1.ts"), sheet(Kind.KEY, "k")])
    assert list(listing.own) == ["720p/1.ts"]
    assert list(listing.shared) == ["720p/k"]
    assert len(listing) == 2


def test_the_later_of_two_equal_names_counts() -> None:
    """As for players that read a playlist line by line."""
    first, second = sheet(Kind.SEGMENT, "1.ts"), sheet(Kind.SEGMENT, "1.ts")
    assert Listing.of([first, second]).own["720p/1.ts"] is second


def test_a_later_version_shows_what_is_gone() -> None:
    """Resources that are only signed anew are not gone."""
    before = Listing.of([sheet(Kind.SEGMENT, "1.ts", "2.ts"), sheet(Kind.KEY, "k")])
    after = Listing.of([sheet(Kind.SEGMENT, "2.ts", "3.ts"), sheet(Kind.KEY, "k")])
    assert set().union(*before.without(after)) == {"720p/1.ts"}
    assert list(before.without(before)) == []
