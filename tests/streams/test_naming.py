"""One document's references -> local names."""

import re

import pytest

from proxy.core.kind import Kind
from proxy.core.names import Base, Marks
from proxy.core.playlist import Reference
from proxy.streams.naming import Folder, Namer, folder_of, relative, renditions

D = "https://cdn.example/live/ch1/"
BASE = Base(f"{D}index.m3u8", f"{D}index.m3u8")
ROOT = "http://127.0.0.1:8080/lobby"


def reference(
    url: str,
    kind: Kind = Kind.SEGMENT,
    tag: str = "",
    *,
    absolute: bool = False,
    **attributes: str,
) -> Reference:
    """Return a reference as the rewriter would find it."""
    names = {name.replace("_", "-"): value for name, value in attributes.items()}
    written = url.removeprefix(D)
    return Reference(url, kind, tag, names, absolute, written)


def namer(path: str = "720p/index.m3u8", **renditions: str) -> Namer:
    """Return a namer for the playlist at the path; `allowed` refuses evil hosts."""
    folder = folder_of(path, b"")
    return Namer(
        path=path,
        folder=folder,
        base=BASE,
        marks=Marks(),
        renditions={f"{D}{url}.m3u8": slug for url, slug in renditions.items()},
        allowed=lambda url: "evil" not in url,
        root=ROOT,
    )


@pytest.mark.parametrize(
    ("found", "local"),
    [
        (reference(f"{D}seg1.ts"), "seg1.ts"),
        (reference(f"{D}seg1.ts?"), "seg1-ID.ts"),
        (reference(f"{D}a/seg1.ts"), "seg1-ID.ts"),
        (reference("https://o.example/live/ch1/seg1.ts"), "seg1-ID.ts"),
        (reference(f"{D}init.mp4", Kind.MAP, "EXT-X-MAP"), "init.mp4"),
        (reference(f"{D}k.bin", Kind.KEY, "EXT-X-KEY"), "../common/k-ID.bin"),
        (reference(f"{D}common"), "common-ID.ts"),
        (reference(f"{D}index.m3u8"), "index-ID.ts"),
        (reference(f"{D}sub/a.m3u8", Kind.PLAYLIST), "../common/a-ID.m3u8"),
        (
            reference(f"{D}l.json", Kind.SESSION_DATA, "EXT-X-SESSION-DATA"),
            "../common/l-ID.json",
        ),
        (
            reference(f"{D}ads.json?q", Kind.ASSET_LIST, "EXT-X-DATERANGE"),
            "ads-ID.json",
        ),
        (
            reference(
                "https://ads.example/a", Kind.OTHER, "EXT-X-DATERANGE", absolute=True
            ),
            f"{ROOT}/common/a-ID",
        ),
    ],
)
def test_everything_gets_a_name(found: Reference, local: str) -> None:
    """Plain where it lies beside its playlist, else with an id; wide in common."""
    pattern = re.escape(local).replace("ID", "[a-z2-7]{12}")
    assert re.fullmatch(pattern, namer()(found) or "")


def test_the_catalog_learns_the_exact_url() -> None:
    """What a name stands for is the upstream URL, byte for byte."""
    one = namer()
    url = f"{D}a%2Fb/s.ts?sig=%7e%2B&a=(1)+2"
    name = one(reference(url))
    assert one.found[f"720p/{name}"].url == url
    assert one.found[f"720p/{name}"].parent == "720p/index.m3u8"


def test_a_forbidden_address_gets_a_name_and_no_entry() -> None:
    """The player never sees it, and the name answers 404."""
    one = namer()
    name = one(reference("https://evil.example/s.ts"))
    assert name is not None
    assert "evil" not in name
    assert one.found == {}
    assert one.refused == 1


def test_ranges_of_one_file_share_one_name() -> None:
    """BYTERANGE without an offset continues the same resource."""
    one = namer()
    assert one(reference(f"{D}f.mp4")) == one(reference(f"{D}f.mp4"))
    assert one.clashes == 0


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("b.m3u8", "../360p/index.m3u8"),
        ("b.m3u8?x=1", "../360p/index.m3u8"),
        ("../ch1/b.m3u8", None),
        ("none.m3u8", None),
    ],
)
def test_a_report_names_the_rendition_it_means(url: str, slug: str | None) -> None:
    """Also where it lacks the query that the multivariant playlist has."""
    one = namer(a="720p", b="360p")
    name = one(reference(f"{D}{url}", Kind.PLAYLIST, "EXT-X-RENDITION-REPORT"))
    assert name is not None
    assert name == slug if slug else name.startswith("../variant-")


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
        ("images-180p/index.m3u8", b"", Folder("images-180p", "ts", images=True)),
        ("common/ad-x.m3u8", b"", Folder("ad-x.main", "ts")),
    ],
)
def test_each_playlist_has_its_folder(path: str, body: bytes, folder: Folder) -> None:
    """Segments without a fitting extension get the one of their container."""
    assert folder_of(path, body) == folder


def test_renditions_are_told_by_attributes() -> None:
    """Each playlist of a multivariant playlist gets its slug, once."""
    variant = ("EXT-X-STREAM-INF", Kind.PLAYLIST)
    listed = [
        reference(f"{D}v.m3u8?s=1", variant[1], variant[0], BANDWIDTH="800000"),
        reference(f"{D}v.m3u8?s=1", variant[1], variant[0], BANDWIDTH="700000"),
        reference(f"{D}a.m3u8", variant[1], "EXT-X-MEDIA", TYPE="AUDIO", LANGUAGE="en"),
        reference(f"{D}k", Kind.KEY, "EXT-X-SESSION-KEY"),
    ]
    by_url, given = renditions(
        listed, base=BASE, marks=Marks(), given={}, nested_in="index.m3u8"
    )
    assert by_url == {f"{D}v.m3u8?s=1": "700k", f"{D}a.m3u8": "audio-en"}
    assert given == {"700k": f"{D}v.m3u8?s=1", "audio-en": f"{D}a.m3u8"}


def test_renditions_of_a_nested_playlist_carry_its_name() -> None:
    """Two assets with equal ladders do not meet."""
    listed = [reference(f"{D}v.m3u8", Kind.PLAYLIST, "EXT-X-STREAM-INF", BANDWIDTH="1")]
    by_url, _ = renditions(
        listed, base=BASE, marks=Marks(), given={}, nested_in="common/ad-x.m3u8"
    )
    assert by_url == {f"{D}v.m3u8": "ad-x.0k"}
