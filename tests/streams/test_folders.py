"""The folders of a stream's local paths, and how paths refer to each other."""

import pytest

from proxy.streams.folders import Folder, folder_of, outer, prefix, relative


@pytest.mark.parametrize(
    ("path", "target", "reference"),
    [
        ("index.m3u8", "main/seg1.ts", "main/seg1.ts"),
        ("720p/index.m3u8", "720p/seg1.ts", "seg1.ts"),
        ("720p/index.m3u8", "common/key.bin", "../common/key.bin"),
        ("common/a-x.m3u8", "a-x.main/s.ts", "../a-x.main/s.ts"),
    ],
)
def test_references_are_relative(path: str, target: str, reference: str) -> None:
    """They survive any host, port, front or prefix."""
    assert relative(path, target) == reference


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
    """Segments without a fitting extension get the one of their container."""
    assert folder_of(path, body) == folder


@pytest.mark.parametrize(
    ("path", "before"),
    [
        ("index.m3u8", ""),
        ("common/ad-x.m3u8", "ad-x."),
        ("common/ad-x.m3u", "ad-x."),
        ("common/ad-x", "ad-x."),
        ("common/ad-x.php", "ad-x.php."),
        ("360p/x.ts", "360p.x.ts."),
        ("ad-x.main/y.ts", "ad-x.main.y.ts."),
    ],
)
def test_a_nested_playlist_is_found_again_by_the_folders_below_it(
    path: str, before: str
) -> None:
    """No two playlists share a folder, and after a restart it leads back."""
    assert prefix(path) == before
    if before:
        assert path in set(outer(f"{before}720p-3000k"))
        assert path in set(outer(f"{before}main"))


@pytest.mark.parametrize("folder", ["main", "common", "720p-3000k", ""])
def test_other_folders_belong_to_no_nested_playlist(folder: str) -> None:
    """They have no dot."""
    assert list(outer(folder)) == []
