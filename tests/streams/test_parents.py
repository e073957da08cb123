"""Which playlists may name a local path."""

import pytest

from proxy.core.kind import Kind
from proxy.streams.catalog import Catalog, Listing, Sheet
from proxy.streams.parents import Parents

STEERING = "common/steering.json"
AD = "common/ad-abcdefghij27.m3u8"


@pytest.mark.parametrize(
    ("path", "parents"),
    [
        ("360p/s1.ts", ["index.m3u8", "360p/index.m3u8"]),
        ("cold/s1.ts", ["index.m3u8", STEERING, "cold/index.m3u8"]),
        ("cold/index.m3u8", ["index.m3u8", STEERING]),
        (
            "common/key.bin",
            ["index.m3u8", "360p/index.m3u8", STEERING, "common/index.m3u8"],
        ),
        (
            "ad-abcdefghij27.main/s1.ts",
            [
                "index.m3u8",
                "360p/index.m3u8",
                "ad-abcdefghij27/index.m3u8",
                AD,
                "ad-abcdefghij27.main/index.m3u8",
                STEERING,
            ],
        ),
    ],
)
def test_parents_come_from_the_outermost_on(path: str, parents: list[str]) -> None:
    """A key may stand anywhere, a clone in a manifest; an ad is looked for in all."""
    catalog = Catalog("https://cdn.example/v.m3u8", limit=100)
    learn(catalog, Kind.PLAYLIST, "360p/index.m3u8")
    learn(catalog, Kind.STEERING, STEERING)
    found = list[str]()
    for parent in Parents(catalog).of(path):
        found.append(parent)
        if parent == "360p/index.m3u8" and path.startswith("ad-"):
            learn(catalog, Kind.PLAYLIST, AD)
    assert list(dict.fromkeys(found)) == parents


def learn(catalog: Catalog, kind: Kind, path: str) -> None:
    """Let the entry, or another playlist, name something."""
    sheet = Sheet(kind, f"index.m3u8 {path}", 1, {path: f"https://cdn.example/{path}"})
    catalog.learn(sheet.parent, Listing.of([sheet]), now=0, keep=None)
