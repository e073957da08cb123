"""Which local path a reference gets."""

import re
import time

import pytest

from proxy.core.hls.names import Base, Marks
from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind
from proxy.localise.document_place import DocumentPlace
from proxy.localise.folders import folder_of
from proxy.localise.local_paths import LocalPaths
from tests.streams.references import D, reference


def paths(**renditions: str) -> LocalPaths:
    """Return the paths of a playlist's references, given renditions and slugs."""
    path = "720p/index.m3u8"
    place = DocumentPlace(
        path=path,
        depth=1,
        folder=folder_of(path, b""),
        url=f"{D}index.m3u8",
        base=Base(f"{D}index.m3u8", f"{D}index.m3u8"),
        marks=Marks(),
        allowed=lambda _: True,
    )
    listed = {f"{D}{url}.m3u8": slug for url, slug in renditions.items()}
    return LocalPaths(place, listed)


@pytest.mark.parametrize(
    ("found", "local"),
    [
        (reference(f"{D}seg1.ts"), "720p/seg1.ts"),
        (reference(f"{D}seg1.ts?"), "720p/seg1-ID.ts"),
        (reference(f"{D}a/seg1.ts"), "720p/seg1-ID.ts"),
        (reference("https://o.example/live/ch1/seg1.ts"), "720p/seg1-ID.ts"),
        (reference(f"{D}init.mp4", Kind.MAP, "EXT-X-MAP"), "720p/init.mp4"),
        (reference(f"{D}k.bin", Kind.KEY, "EXT-X-KEY"), "common/k-ID.bin"),
        (reference(f"{D}common"), "720p/common-ID.ts"),
        (reference(f"{D}index.m3u8"), "720p/index-ID.ts"),
        (reference(f"{D}sub/a.m3u8", Kind.PLAYLIST), "common/a-ID.m3u8"),
        (
            reference(f"{D}l.json", Kind.SESSION_DATA, "EXT-X-SESSION-DATA"),
            "common/l-ID.json",
        ),
        (
            reference(f"{D}ads.json?q", Kind.ASSET_LIST, "EXT-X-DATERANGE"),
            "720p/ads-ID.json",
        ),
        (
            reference(
                "https://ads.example/a", Kind.OTHER, "EXT-X-DATERANGE", absolute=True
            ),
            "common/a-ID",
        ),
    ],
)
def test_everything_gets_a_name(found: Reference, local: str) -> None:
    """A plain name for files beside the playlist, else with an id; wide in common."""
    pattern = re.escape(local).replace("ID", "[a-z2-7]{12}")
    assert re.fullmatch(pattern, paths().of(found))


@pytest.mark.parametrize("url", ["a", "a.m3u8", "a.json", "a.php?b", "", "?b"])
@pytest.mark.parametrize("absolute", [False, True])
def test_a_preload_has_the_name_of_its_target(url: str, *, absolute: bool) -> None:
    """Whatever kind the tags claim: otherwise players discard it (appendix F)."""
    of = paths().of
    url = f"https://ads.example/{url}" if absolute else url
    names = {
        of(reference(url, kind, "EXT-X-DATERANGE", absolute=absolute))
        for kind in (Kind.OTHER, Kind.ASSET_LIST, Kind.PLAYLIST)
    }
    assert len(names) == 1


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("b.m3u8", "360p/index.m3u8"),
        ("b.m3u8?x=1", "360p/index.m3u8"),
        ("../ch1/b.m3u8", None),
        ("none.m3u8", None),
    ],
)
def test_a_report_has_the_name_of_the_rendition_it_means(
    url: str, slug: str | None
) -> None:
    """Also if it lacks the query that the multivariant playlist has."""
    one = paths(a="720p", b="360p")
    path = one.of(reference(f"{D}{url}", Kind.PLAYLIST, "EXT-X-RENDITION-REPORT"))
    assert path == slug if slug else path.startswith("variant-")
    assert one.lists(path) == bool(slug)


def test_many_reports_among_many_renditions_are_quick() -> None:
    """Each spelling of each rendition is computed once, not for each report."""
    listed = {f"r{n}": f"{n}k" for n in range(1000)}
    one, begin = paths(**listed), time.process_time()
    for n in range(2000):
        report = reference(f"{D}r{n}.m3u8?x", Kind.PLAYLIST, "EXT-X-RENDITION-REPORT")
        slug = one.of(report).partition("/")[0]
        assert slug == f"{n}k" if n < 1000 else slug.startswith("variant-")
    assert time.process_time() - begin < 1  # it took 20 s
