"""What a playlist names, and what a later version no longer does."""

from proxy.core.kind import Kind
from proxy.localise.listing import Listing, Resource, Sheet

PARENT = "720p/index.m3u8"


def sheet(kind: Kind, *names: str, beside: str = "") -> Sheet:
    """Return what a stretch of a playlist names."""
    urls = {f"720p/{name}": "" if beside else f"https://o/{name}" for name in names}
    return Sheet(kind, PARENT, 1, urls, beside)


def test_a_file_beside_its_playlist_has_the_url_of_its_name() -> None:
    """Thousands of URLs need not be kept."""
    one = sheet(Kind.SEGMENT, "1.ts", beside="https://o/low/")
    found = one.resource("720p/1.ts")
    assert found == Resource("https://o/low/1.ts", Kind.SEGMENT, PARENT, 1)


def test_what_others_may_name_too_is_kept_apart() -> None:
    """Segments lie in the folder of their playlist, keys are shared."""
    listing = Listing.of([sheet(Kind.SEGMENT, "1.ts"), sheet(Kind.KEY, "k")])
    assert list(listing.own) == ["720p/1.ts"]
    assert list(listing.shared) == ["720p/k"]
    assert len(listing) == 2


def test_of_two_with_one_name_the_later_one_counts() -> None:
    """As it does for players that read a playlist line by line."""
    first, second = sheet(Kind.SEGMENT, "1.ts"), sheet(Kind.SEGMENT, "1.ts")
    assert Listing.of([first, second]).own["720p/1.ts"] is second


def test_a_later_version_tells_what_is_gone() -> None:
    """What is signed anew is not."""
    before = Listing.of([sheet(Kind.SEGMENT, "1.ts", "2.ts"), sheet(Kind.KEY, "k")])
    after = Listing.of([sheet(Kind.SEGMENT, "2.ts", "3.ts"), sheet(Kind.KEY, "k")])
    assert set().union(*before.without(after)) == {"720p/1.ts"}
    assert list(before.without(before)) == []
