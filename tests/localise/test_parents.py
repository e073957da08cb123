"""Which playlists may list a local path."""

from collections.abc import Iterable

import pytest

from proxy.core.kind import Kind
from proxy.localise.catalog import Catalog
from proxy.localise.listing import Listing, Sheet
from proxy.localise.parents import Parents

STEERING = "common/steering.json"
AD = "common/ad-abcdefghij27.m3u8"


@pytest.mark.parametrize(
    ("path", "parents"),
    [
        ("360p/s1.ts", ["index.m3u8", "360p/index.m3u8"]),
        ("cold/s1.ts", ["index.m3u8", STEERING, "cold/index.m3u8"]),
        ("cold/index.m3u8", ["index.m3u8", STEERING]),
        (
            "common/key-abcdefghij27.bin",
            ["index.m3u8", "360p/index.m3u8", STEERING],
        ),
        ("common/key.bin", ["index.m3u8"]),
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
def test_parents_are_listed_from_the_outermost_one(
    path: str, parents: list[str]
) -> None:
    """A key may be anywhere, a clone in a manifest; an ad is looked for in all."""
    catalog = Catalog("https://cdn.example/v.m3u8", limit=100)
    learn(catalog, Kind.PLAYLIST, "360p/index.m3u8")
    learn(catalog, Kind.STEERING, STEERING)
    found = list[str]()
    for parent in Parents(catalog).of(path):
        found.append(parent.path)
        if parent.path == "360p/index.m3u8" and path.startswith("ad-"):
            learn(catalog, Kind.PLAYLIST, AD)
    assert list(dict.fromkeys(found)) == parents


@pytest.mark.parametrize(
    ("path", "decisive"),
    [
        ("common/key-abcdefghij27.bin", ["360p/index.m3u8"]),
        (AD, ["360p/index.m3u8", STEERING]),
        ("ad-abcdefghij27.main/s1.ts", ["360p/index.m3u8", STEERING]),
    ],
)
def test_a_key_is_in_no_steering_manifest(path: str, decisive: list[str]) -> None:
    """If the manifest cannot be loaded, the key can still be called unknown."""
    catalog = Catalog("https://cdn.example/v.m3u8", limit=100)
    learn(catalog, Kind.PLAYLIST, "360p/index.m3u8")
    learn(catalog, Kind.STEERING, STEERING)
    guessed = [parent for parent in Parents(catalog).of(path) if parent.guess]
    assert {p.path for p in guessed} == {"360p/index.m3u8", STEERING}
    assert list(dict.fromkeys(p.path for p in guessed if p.decisive)) == decisive


def test_after_the_last_guess_one_more_is_left_to_wait_for() -> None:
    """The others are not even looked at: there may be thousands."""
    catalog = Catalog("https://cdn.example/v.m3u8", limit=100)
    for n in range(9):
        learn(catalog, Kind.ASSET_LIST, f"common/list{n}-abcdefghij27.json")
    guessed = list[str]()
    parents = Parents(catalog, reversed_, lambda: len(guessed) >= 2)
    for parent in parents.of("common/key-abcdefghij27.bin"):
        if parent.guess:
            guessed.append(parent.path)
    assert guessed == [f"common/list{n}-abcdefghij27.json" for n in (8, 7, 6)]


def reversed_(paths: Iterable[str]) -> list[str]:
    """Return them in another order."""
    return sorted(paths, reverse=True)


def learn(catalog: Catalog, kind: Kind, path: str) -> None:
    """Let the entry, or another playlist, list something."""
    sheet = Sheet(
        kind, f"index.m3u8 {path}", depth=1, urls={path: f"https://cdn.example/{path}"}
    )
    catalog.learn(sheet.parent, Listing.of([sheet]), now=0, keep=None)
