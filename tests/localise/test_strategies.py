"""How plain references get their local names."""

import pytest

from proxy.core.hls.names import Base, Marks, Volatile
from proxy.core.kind import Kind
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.localise.document_place import DocumentPlace
from proxy.localise.folders import Folder
from proxy.localise.local_paths import LocalPaths
from proxy.localise.strategies import (
    AT_ONCE,
    PlainReferences,
    RunNames,
    beside_document,
    plain_file,
    short_names,
    written_alike,
)
from tests.streams.references import D, reference

HERE = f"{D}index.m3u8"
BESIDE = [f"s{number}.ts" for number in range(9)]
SIGNED = [f"https://o.example/v/s{n}.ts?expires={n}" for n in range(9)]
SIGNED_BESIDE = [f"s{number}.ts?expires={number}" for number in range(9)]
KEYS = [f"k{number}.bin" for number in range(9)]
FOLDERS = [f"https://o.example/{n}/s.ts?expires=1" for n in range(9)]
TOKENS = [f"s{number}.ts?token=T" for number in range(9)]
REFUSED = ["https://evil.example/s.ts"]


def place(*, secrets: str = "", read: str = HERE) -> DocumentPlace:
    """Return the place of a rendition; evil hosts are refused."""
    return DocumentPlace(
        path="720p/index.m3u8",
        depth=1,
        folder=Folder("720p", "ts"),
        url=read,
        base=Base(read, HERE),
        marks=Marks(volatile=Volatile(frozenset({"expires"}))),
        allowed=lambda url: "evil" not in url,
        secrets=Recogniser({secrets} if secrets else ()),
    )


def by_full_rule(run: PlainReferences) -> list[str]:
    """Return the local path of each reference by the full rule."""
    paths = LocalPaths(run.place, renditions={})
    return [
        paths.of(run.reference(url, text))
        for url, text in zip(run.urls, run.written, strict=True)
    ]


CASES = [
    (Kind.SEGMENT, BESIDE, "beside_document"),
    (Kind.SEGMENT, BESIDE[:1], "beside_document"),
    (Kind.PART, BESIDE, "beside_document"),
    (Kind.MAP, ["i.mp4", "i.mp4"], "beside_document"),
    (Kind.SEGMENT, SIGNED, "written_alike"),
    (Kind.SEGMENT, SIGNED_BESIDE, "written_alike"),
    (Kind.PART, SIGNED * 2, "written_alike"),
    (Kind.SEGMENT, [D + name for name in BESIDE], "written_alike"),
    (Kind.KEY, KEYS * 3, "written_alike"),
    (Kind.SEGMENT, SIGNED[:3], "short_names"),
    (Kind.SEGMENT, FOLDERS, "short_names"),
    (Kind.SEGMENT, [*BESIDE, "s.php"], "short_names"),
    (Kind.SEGMENT, REFUSED, "the full rule"),
    (Kind.ASSET_LIST, ["ads.json?expires=1"], "the full rule"),
    (Kind.ASSET_LIST, KEYS, "the full rule"),
]


@pytest.mark.parametrize(("kind", "written", "first"), CASES)
def test_the_first_strategy_that_applies_names_a_run(
    kind: Kind, written: list[str], first: str
) -> None:
    """Faster ones are tried first, and all give the names of the full rule."""
    run = PlainReferences(place(), kind, written)
    for strategy in AT_ONCE:
        if given := strategy(run):
            assert strategy.__name__ == first
            by_text = dict(zip(given.texts, given.names, strict=True))
            found: list[str | None] = [by_text[text] for text in written]
            break
    else:
        found = short_names(run)
        assert ("the full rule" if None in found else "short_names") == first
    full = by_full_rule(run)
    for name, path in zip(found, full, strict=True):
        assert name is None or run.folder + name == path


@pytest.mark.parametrize("written", [BESIDE, SIGNED, SIGNED_BESIDE])
def test_a_document_with_a_secret_needs_the_full_rule(
    written: list[str],
) -> None:
    """It checks each URL; the others only check a folder."""
    run = PlainReferences(place(secrets="SECRET-TOKEN"), Kind.SEGMENT, written)
    assert [strategy(run) for strategy in AT_ONCE] == [None, None]
    assert short_names(run) == [None] * len(written)
    assert plain_file(run.place, reference(f"{D}s1.ts")) is None


def test_a_url_without_a_short_name_leaves_the_others_theirs() -> None:
    """One refused address does not slow down the rest."""
    run = PlainReferences(place(), Kind.SEGMENT, [*SIGNED[:2], *REFUSED, "s1.ts"])
    one, two, refused, beside = short_names(run)
    assert one
    assert two
    assert refused is None
    assert beside == "s1.ts"


def test_repeated_references_are_named_once() -> None:
    """One key is used by many segments."""
    given = written_alike(PlainReferences(place(), Kind.KEY, KEYS * 3))
    assert given is not None
    assert given.texts == KEYS
    assert len(given.names) == len(KEYS)


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        (Kind.SEGMENT, [D + name for name in BESIDE], [""] * 9),
        (Kind.SEGMENT, SIGNED_BESIDE, [D + name for name in SIGNED_BESIDE]),
        (Kind.SEGMENT, SIGNED, SIGNED),
    ],
)
def test_the_catalog_keeps_no_url_of_a_file_beside_the_document(
    kind: Kind, written: list[str], kept: list[str]
) -> None:
    """Its name contains the URL, unless it is signed."""
    given = written_alike(PlainReferences(place(), kind, written))
    assert given is not None
    assert given.urls == kept


@pytest.mark.parametrize(
    ("urls", "behind"),
    [
        (None, {"f/a": "", "f/b": ""}),
        (["1", "2", "3"], None),
        (["1", "2"], {"f/a": "1", "f/b": "2"}),
    ],
)
def test_a_run_with_two_urls_for_one_path_is_not_learned_at_once(
    urls: list[str] | None, behind: dict[str, str] | None
) -> None:
    """It is counted one by one; the same file twice is not another URL."""
    paths = ["f/a", "f/b"] if urls and len(urls) == 2 else ["f/a", "f/b", "f/a"]
    assert RunNames(paths, paths, urls).behind(paths) == behind


@pytest.mark.parametrize(
    ("read", "url", "kind", "name"),
    [
        (HERE, f"{D}s1.ts", Kind.SEGMENT, "s1.ts"),
        (HERE, f"{D}s1.ts?expires=1", Kind.SEGMENT, None),
        (HERE, f"{D}a/s1.ts", Kind.SEGMENT, None),
        (HERE, f"{D}k.bin", Kind.KEY, None),
        (HERE, f"{D}index.m3u8", Kind.SEGMENT, None),
        ("https://edge7.example/x/v.m3u8", f"{D}s1.ts", Kind.SEGMENT, None),
    ],
)
def test_a_single_file_beside_the_document_keeps_its_name(
    read: str, url: str, kind: Kind, name: str | None
) -> None:
    """The same name as in a run of one."""
    where = place(read=read)
    assert plain_file(where, reference(url, kind)) == name
    written = [url.removeprefix(D)]
    if read == HERE:
        given = beside_document(PlainReferences(where, kind, written))
        assert (given and given.names[0]) == name
