"""Listings of playlists, for tests of the catalog."""

from proxy.core.kind import Kind
from proxy.localise.listing import Listing, Sheet

PARENT = "720p/index.m3u8"


def sheet(urls: dict[str, str], kind: Kind, parent: str = PARENT) -> Sheet:
    """Return the resources of one kind that a section of a playlist lists."""
    return Sheet(kind, parent, depth=1, urls=urls)


def window(*numbers: int, parent: str = PARENT, sign: str = "") -> Listing:
    """Return the listing of a playlist with these segments."""
    folder = parent.rpartition("/")[0]
    urls = {f"{folder}/{n}.ts": f"https://o/{n}.ts{sign}" for n in numbers}
    return Listing.of([sheet(urls, Kind.SEGMENT, parent)])


def playlists(parent: str, *paths: str, sign: str = "") -> Listing:
    """Return the listing of a multivariant playlist."""
    urls = {path: f"https://o/{path}{sign}" for path in paths}
    return Listing.of([sheet(urls, Kind.PLAYLIST, parent)])
