"""One document's references -> local names."""

import re
from dataclasses import replace

import pytest

from proxy.core.hls.names import Base, Marks, Volatile
from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError
from proxy.localise.catalog import ENTRY
from proxy.localise.document_place import DocumentPlace
from proxy.localise.folders import folder_of
from proxy.localise.listing import Resource
from proxy.localise.naming import Namer
from tests.streams.references import D, reference

BASE = Base(f"{D}index.m3u8", f"{D}index.m3u8")
ROOT = "http://127.0.0.1:8080/lobby"
KNOWN = {"360p/index.m3u8": Resource(f"{D}b.m3u8?sig", Kind.PLAYLIST, ENTRY, 1)}


def namer(path: str = "720p/index.m3u8", **renditions: str) -> Namer:
    """Return a namer for the playlist at the path; `allowed` refuses evil hosts."""
    place = DocumentPlace(
        path=path,
        depth=1,
        folder=folder_of(path, b""),
        url=f"{D}index.m3u8",
        base=BASE,
        marks=Marks(),
        allowed=lambda url: "evil" not in url,
    )
    return Namer(
        place,
        renditions={f"{D}{url}.m3u8": slug for url, slug in renditions.items()},
        known=KNOWN.get,
        root=ROOT,
    )


@pytest.mark.parametrize(
    ("found", "local"),
    [
        (reference(f"{D}seg1.ts"), "seg1.ts"),
        (reference(f"{D}a/seg1.ts"), "seg1-ID.ts"),
        (reference(f"{D}k.bin", Kind.KEY, "EXT-X-KEY"), "../common/k-ID.bin"),
        (
            reference(
                "https://ads.example/a", Kind.OTHER, "EXT-X-DATERANGE", absolute=True
            ),
            f"{ROOT}/common/a-ID",
        ),
    ],
)
def test_a_reference_is_relative_to_the_document(found: Reference, local: str) -> None:
    """Except references that must be absolute."""
    pattern = re.escape(local).replace("ID", "[a-z2-7]{12}")
    assert re.fullmatch(pattern, namer()(found) or "")


def test_the_catalog_learns_the_exact_url() -> None:
    """A name stands for exactly this upstream URL."""
    one = namer()
    url = f"{D}a%2Fb/s.ts?sig=%7e%2B&a=(1)+2"
    name = one(reference(url))
    (sheet,) = one.turn().sheets
    path = f"720p/{name}"
    assert sheet.resource(path) == Resource(url, Kind.SEGMENT, "720p/index.m3u8", 2)


def test_a_forbidden_address_gets_a_name_and_no_entry() -> None:
    """The player never sees the address, and the name answers 404."""
    one = namer()
    name = one(reference("https://evil.example/s.ts"))
    assert name is not None
    assert "evil" not in name
    named = one.turn()
    assert named.sheets == ()
    assert [*named.refused.values()] == ["https://evil.example"]


def test_ranges_of_one_file_share_one_name() -> None:
    """BYTERANGE without an offset continues the same resource."""
    one = namer()
    assert one(reference(f"{D}f.mp4")) == one(reference(f"{D}f.mp4"))
    assert one.turn().clashes == 0


def test_a_clash_of_a_run_with_names_before_it_is_counted() -> None:
    """Also if nothing in the run is signed."""
    one = namer()
    marks = Marks(volatile=Volatile(frozenset({"sig"})))
    one = replace(one, place=replace(one.place, marks=marks))
    assert one(reference(f"{D}s.ts?sig=1")) == "s.ts"
    assert one.many(Kind.SEGMENT, ["s.ts", "t.ts"]) == ["s.ts", "t.ts"]
    named = one.turn()
    assert named.clashes == 1
    assert named.urls == {Kind.SEGMENT: {"720p/s.ts": "", "720p/t.ts": ""}}


def test_a_report_does_not_change_the_catalog() -> None:
    """It may lack the query without which the rendition is refused."""
    one = namer(b="360p")
    report = reference(f"{D}b.m3u8?x=1", Kind.PLAYLIST, "EXT-X-RENDITION-REPORT")
    assert one(report) == "../360p/index.m3u8"
    assert one.turn().sheets == ()


@pytest.mark.parametrize("path", ["720p/index.m3u8", "deep.main/index.m3u8"])
def test_a_playlist_known_nearer_the_entry_keeps_its_parent(path: str) -> None:
    """Two playlists that name each other do not become each other's parents."""
    one = namer(path, b="360p")
    assert one(reference(f"{D}b.m3u8", Kind.PLAYLIST)) == "../360p/index.m3u8"
    assert one.turn().sheets == ()


def test_playlists_are_nested_three_deep_at_most() -> None:
    """Deeper ones get a name that stands for nothing."""
    one = namer()
    one.place = replace(one.place, depth=3)
    assert one(reference(f"{D}ad.m3u8", Kind.PLAYLIST))
    assert one(reference(f"{D}s.ts"))
    assert [*one.turn().urls[Kind.SEGMENT]] == ["720p/s.ts"]


def test_s5_no_clone_or_origin_shows_a_secret() -> None:
    """A slug is made from a manifest; an origin is named in the log."""
    one = namer()
    one = replace(one, place=replace(one.place, secrets=Recogniser({"evil-secret"})))
    with pytest.raises(BadAnswerError, match="names that are secrets"):
        one.rendition("720p-evil-secret", f"{D}a.m3u8")
    one(reference("https://evil-secret.example/s.ts"))
    one(reference("https://evil.example/s.ts"))
    assert sorted(one.turn().refused.values()) == ["", "https://evil.example"]
