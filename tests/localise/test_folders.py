"""The folders of a stream's local paths, and how paths refer to each other."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.localise.folders import (
    Folder,
    above,
    common_above,
    folder_of,
    prefix,
    relative,
    target,
)

ID = "ad-abcdefghij27"


@pytest.mark.parametrize(
    ("path", "there", "reference"),
    [
        ("index.m3u8", "main/seg1.ts", "main/seg1.ts"),
        ("720p/index.m3u8", "720p/seg1.ts", "seg1.ts"),
        ("720p/index.m3u8", "common/key.bin", "../common/key.bin"),
        ("common/a-x.m3u8", "a-x.main/s.ts", "../a-x.main/s.ts"),
    ],
)
def test_references_are_relative(path: str, there: str, reference: str) -> None:
    """They survive any host, port, front or prefix."""
    assert relative(path, there) == reference
    assert target(path, reference) == there


@pytest.mark.parametrize(
    ("path", "body", "folder"),
    [
        ("index.m3u8", b"", Folder("main", "ts")),
        ("720p/index.m3u8", b"#EXT-X-MAP:URI=", Folder("720p", "mp4")),
        ("subs-en/index.m3u8", b"", Folder("subs-en", "vtt")),
        ("subs/index.m3u8", b"", Folder("subs", "vtt")),
        ("subs-en/index.m3u8", b"#EXT-X-MAP:URI=", Folder("subs-en", "mp4")),
        ("images-180p/index.m3u8", b"", Folder("images-180p", "ts", images=True)),
        ("ad-x.subs-en/index.m3u8", b"", Folder("ad-x.subs-en", "vtt")),
        ("ad-x.images-1/index.m3u8", b"", Folder("ad-x.images-1", "ts", images=True)),
        ("subs-x.360p/index.m3u8", b"", Folder("subs-x.360p", "ts")),
        ("common/ad-x.m3u8", b"", Folder("ad-x.main", "ts")),
        ("common/ad-x", b"", Folder("ad-x.main", "ts")),
        ("360p/x.ts", b"", Folder("360p.x.ts.main", "ts")),
    ],
)
def test_each_playlist_has_its_folder(path: str, body: bytes, folder: Folder) -> None:
    """Segments without a suitable extension get the one of their container."""
    assert folder_of(path, body) == folder


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("index.m3u8", ""),
        (f"common/{ID}.m3u8", f"{ID}."),
        (f"common/{ID}.m3u", f"{ID}."),
        (f"common/{ID}", f"{ID}."),
        (f"common/{ID}.php", f"{ID}.php."),
        ("360p/x.ts", "360p.x.ts."),
        ("360p/x.y.z.ts", "360p.x.y.z.ts."),
        ("main/y.ts", "main.y.ts."),
    ],
)
def test_a_nested_playlist_is_found_by_the_folders_below_it(
    path: str, before: str
) -> None:
    """No two playlists share a folder, and after a restart the folder leads back."""
    assert prefix(path) == before
    if before:
        for slug in ("720p-3000k", "main"):
            assert path in list(above(f"{before}{slug}", {path}.__contains__))


def test_nested_playlists_are_listed_from_the_outermost_one() -> None:
    """Each step makes the next one known."""
    known = {f"common/{ID}.m3u8", f"{ID}.360p/x.ts", f"{ID}.360p.x.ts.main/y.z"}
    assert list(above(f"{ID}.360p.x.ts.main.y.z.1080p", known.__contains__)) == [
        f"{ID}/index.m3u8",
        f"common/{ID}.m3u8",
        f"{ID}.360p/index.m3u8",
        f"{ID}.360p/x.ts",
        f"{ID}.360p.x.ts.main/index.m3u8",
        f"{ID}.360p.x.ts.main/y.z",
        f"{ID}.360p.x.ts.main.y.z.1080p/index.m3u8",
    ]


@pytest.mark.parametrize("folder", ["main", "common", "720p-3000k", ""])
def test_other_folders_belong_to_no_nested_playlist(folder: str) -> None:
    """They have no dot."""
    assert list(above(folder, lambda _: True)) == []
    assert common_above(folder) == ()


@given(
    parts=st.lists(
        st.sampled_from(["a", "", "ts", ID, "main", "x" * 40]), max_size=4000
    ),
    knows=st.booleans(),
)
@example(parts=["a"] * 4000, knows=True)
@example(parts=["a"] * 512, knows=True)
@example(parts=[ID, *["a"] * 490], knows=False)
def test_a_search_needs_only_a_few_lookups_per_dot(
    *, parts: list[str], knows: bool
) -> None:
    """For any number of dots, and any catalog."""
    asked = 0

    def known(_: str) -> bool:
        nonlocal asked
        asked += 1
        return knows

    parents = list(above(".".join(parts), known))
    assert asked <= 5 * len(parts) + 4
    assert len(parents) <= 10


@pytest.mark.parametrize("suffix", ["", ".lang-de"])
@pytest.mark.parametrize("path", ["index.m3u8", "720p/index.m3u8"])
@pytest.mark.parametrize("there", ["720p/s1.ts", "360p/s1.ts", "common/k.bin", "x.ts"])
def test_a_reference_leads_back_to_its_path(path: str, there: str, suffix: str) -> None:
    """Also if the player's selection is part of its folders."""
    if path == "720p/index.m3u8" and there == "x.ts":
        return  # nothing refers to a file beside the entry
    assert target(path, relative(path, there, suffix), suffix) == there


@pytest.mark.parametrize(
    "reference",
    [
        *("", "/s.ts", "//h/s.ts", "http://h/s.ts", "../../s.ts", "a/b/s.ts", "s.ts?x"),
        *("..", "../..", "a/../s.ts", "../s.ts"),
    ],
)
def test_other_references_lead_nowhere(reference: str) -> None:
    """A kept playlist may contain anything."""
    assert target("720p/index.m3u8", reference) is None
