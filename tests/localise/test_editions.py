"""The kept last version of a playlist: it saves work and changes nothing."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.core.hls.facts import Facts
from proxy.core.hls.names import Base, Marks, Volatile
from proxy.core.hls.playlist import Document
from proxy.core.kind import Kind
from proxy.core.tokens.placing.placement import Query
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.localise.catalog import Catalog
from proxy.localise.draft import Draft, Local
from proxy.localise.editions import (
    Block,
    Edition,
    Editions,
    EditionStore,
    clashes,
    listing_of,
)
from proxy.localise.folders import Folder
from proxy.localise.ladder import Ladder
from proxy.localise.listing import Resource, Sheet
from proxy.localise.localiser import Localiser
from proxy.localise.shelf import Shelf
from tests.fake_clock import FakeClock
from tests.playlists import lines_of, raw_lines

PATH = "720p/index.m3u8"
URL = "https://m.example/live/v.m3u8"
RULE = Rule(
    (Query("token"),), Reach(everything=True, origins=frozenset({"https://m.example"}))
)
MARKS = Marks(RULE, Volatile(frozenset({"s"})))
# Large enough for several blocks: blocks are recognised after they moved.
FILLER = "".join(f"#EXTINF:4,\n{{0}}{n}.ts{{1}}\n" for n in range(250))

hosts = st.sampled_from(["", "/a/", "https://o.example/v/", "https://evil.example/"])
files = st.sampled_from(["1.ts", "2.ts", "v.m3u8", "x.php", "{$v}.ts", "b/1.ts"])
queries = st.sampled_from(["", "?s=1", "?s=2", "?x", "?token=SECRET-TOKEN"])
references = st.builds("{}{}{}".format, hosts, files, queries)
lines = st.builds(
    bytes.__add__, lines_of(references) | raw_lines, st.sampled_from([b"\n", b"\r\n"])
)
fillers = st.builds(FILLER.format, hosts, queries).map(str.encode)
stretches = st.lists(st.lists(lines, max_size=3).map(b"".join) | fillers, max_size=3)


@st.composite
def versions(draw: st.DrawFn) -> list[bytes]:
    """Return the versions of a playlist: lines come, go, and come again."""
    pool = draw(st.lists(stretches.map(b"".join), min_size=1, max_size=4))
    chosen = st.lists(st.sampled_from(pool), max_size=4).map(b"".join)
    bodies = draw(st.lists(chosen, min_size=2, max_size=5))
    cuts = [draw(st.integers(0, 3)) for _ in bodies]
    head = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:%d\n"
    return [
        head % number + b"".join(body.splitlines(keepends=True)[cut:])
        for number, (body, cut) in enumerate(zip(bodies, cuts, strict=True))
    ]


class Rendition:
    """A media playlist that is loaded repeatedly, with or without a memory."""

    def __init__(self, *, remembers: bool) -> None:
        self.catalog = Catalog(URL, limit=10_000)
        self._remembers = remembers
        self._edition = Edition()
        self._localiser = Localiser(
            MARKS, lambda url: "evil" not in url, self.catalog.get
        )

    def load(self, body: bytes, *, now: float, root: str, secret: str) -> Local:
        """Localise and learn a version."""
        draft = Draft(
            path=PATH,
            depth=1,
            body=body,
            document=Document(URL, "t=1"),
            base=Base(URL, URL),
            root=root,
            secrets=Recogniser({secret}),
            token=Recogniser({secret}),
            folder=Folder("720p", "ts"),
            listed=Ladder(),
            siblings=Ladder({"https://m.example/live/v.m3u8": "1k"}),
            before=self._edition,
        )
        local = self._localiser.localise(draft)
        self._edition = local.edition if self._remembers else Edition()
        self.catalog.learn(PATH, local.listing, now=now, keep=5.0)
        return local


def seen(local: Local) -> tuple[object, ...]:
    """Return everything visible of a playlist."""
    return local.facts, local.clashes > 0, local.refused, local.folder


def known(catalog: Catalog, *locals_: Local) -> dict[str, Resource | None]:
    """Return what the catalog knows about every name that was ever used."""
    paths = {
        p for local in locals_ for sheet in local.listing.sheets for p in sheet.urls
    }
    return {path: catalog.get(path) for path in paths}


@given(
    versions(),
    st.lists(st.sampled_from(["http://a/lobby", "http://b/lobby"]), min_size=5),
    st.lists(st.sampled_from(["SECRET-TOKEN", "OTHER-TOKEN"]), min_size=5),
)
@settings(deadline=None)
def test_a_memory_changes_nothing(
    bodies: list[bytes], roots: list[str], secrets: list[str]
) -> None:
    """For any versions: the same playlist and the same catalog after each load."""
    cold, warm = Rendition(remembers=False), Rendition(remembers=True)
    all_: list[Local] = []
    for number, body in enumerate(bodies):
        how = {"root": roots[number], "secret": secrets[number]}
        one = cold.load(body, now=number * 2.0, **how)
        other = warm.load(body, now=number * 2.0, **how)
        assert seen(one) == seen(other)
        all_ += [one, other]
        assert known(cold.catalog, *all_) == known(warm.catalog, *all_)
        assert len(cold.catalog) == len(warm.catalog)


def reloaded(first: bytes, second: bytes) -> tuple[Local, Local]:
    """Return two versions; the second is localised with the memory of the first."""
    one = Rendition(remembers=True)
    before = one.load(first, now=0.0, root="http://a", secret="SECRET-TOKEN")
    return before, one.load(second, now=1.0, root="http://b", secret="SECRET-TOKEN")


def anew(first: bytes, second: bytes) -> int:
    """Return how many blocks of the second version had to be processed."""
    before, after = reloaded(first, second)
    old = set(map(id, before.edition.blocks))
    return sum(id(block) not in old for block in after.edition.blocks)


MEDIA = "".join(f"#EXTINF:4,\nsegment-{n}.ts\n" for n in range(15_000))


def test_a_reload_only_processes_new_lines() -> None:
    """One segment is added at the end, one is removed at the beginning."""
    body = MEDIA.encode()
    count = len(reloaded(body, body)[0].edition.blocks)
    assert count > 20
    assert anew(body, body) <= 1
    first = len(b"#EXTINF:4,\nsegment-0.ts\n")
    assert anew(body, body[first:] + b"#EXTINF:4,\nnew.ts\n") <= 3


@pytest.mark.parametrize(
    "line",
    [
        '#EXT-X-DEFINE:NAME="v",VALUE="w"',
        "{$v}.ts",
        '#EXT-X-RENDITION-REPORT:URI="v.m3u8"',
        '#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="https://o.example/a.json"',
    ],
)
def test_lines_that_depend_on_context_are_processed_again(line: str) -> None:
    """On variables, on the catalog, or on where the player reaches the proxy."""
    body = f"{line}\n{MEDIA}".encode()
    before, after = reloaded(body, body)
    assert before.edition.blocks[0] is not after.edition.blocks[0]
    assert before.edition.blocks[1] is after.edition.blocks[1]


@pytest.mark.parametrize(
    "body",
    [
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n",
        MEDIA + "# SECRET-TOKEN\n",
    ],
)
def test_unusual_versions_are_not_kept(body: str) -> None:
    """A list of renditions, or a playlist that contains the token."""
    assert reloaded(body.encode(), body.encode())[1].edition == Edition()


def sheet(kind: Kind, **urls: str) -> Block:
    """Return a block that names these."""
    sheets = (Sheet(kind, PATH, depth=2, urls=urls),)
    return Block(b"", b"", facts=Facts(), sheets=sheets, steady=True, clashes=0)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (sheet(Kind.SEGMENT, a="1", c="3"), 0),
        (sheet(Kind.PART, a="1"), 0),
        (sheet(Kind.SEGMENT, a="9"), 1),
        (sheet(Kind.KEY, a="9"), 1),
    ],
)
def test_blocks_may_contradict_each_other(other: Block, expected: int) -> None:
    """A name with two URLs is a clash; a name with two kinds is not."""
    both = [sheet(Kind.SEGMENT, a="1", b="2"), other]
    assert clashes(both, listing_of(both)) == expected


def test_only_the_hash_of_a_token_is_kept() -> None:
    """A memory is a cache, and no cache contains a token."""
    _, after = reloaded(MEDIA.encode(), MEDIA.encode())
    assert after.edition.checked_for == hash(Recogniser({"SECRET-TOKEN"}))
    assert not re.search("SECRET", repr(replace(after.edition)))


async def test_all_streams_share_one_budget() -> None:
    """A thousand members of a family keep no more than one stream does."""
    clock = FakeClock()
    store = EditionStore(10_000, clock=clock)
    members = [Editions(store, Shelf(f"family/{n}")) for n in range(100)]
    for member in members:
        member.keep(PATH, Edition((block(b"x" * 3000),)))
    assert [n for n, m in enumerate(members) if m.last(PATH).blocks] == [97, 98, 99]
    members[0].keep(PATH, Edition((block(b"x" * 20_000),)))
    assert members[0].last(PATH) == Edition()


async def test_unused_editions_expire() -> None:
    """Each player loads an ended playlist once and never again."""
    clock = FakeClock()
    store = EditionStore(10_000, clock=clock)
    ended, live = Editions(store, Shelf("ended")), Editions(store, Shelf("live"))
    for editions in (ended, live):
        editions.keep(PATH, Edition((block(b"x"),)))
    for _ in range(30):
        await clock.advance(4.0)
        live.keep(PATH, Edition((block(b"y"),)))
    assert len(store.kept) == 1
    assert (len(ended.last(PATH).blocks), len(live.last(PATH).blocks)) == (0, 1)


async def test_the_editions_of_an_ended_stream_are_dropped() -> None:
    """Of all its presentations, but of no other stream."""
    store = EditionStore(10_000, clock=FakeClock())
    for shelf in (Shelf("one"), Shelf("one"), Shelf("other")):
        Editions(store, shelf).keep(PATH, Edition((block(b"x"),)))
    assert len(store.kept) == 3
    store.forget("one")
    assert [key.shelf.owner for key in store.kept] == ["other"]


def block(text: bytes) -> Block:
    """Return a block that names nothing."""
    return Block(
        text, text, facts=Facts(), sheets=(), steady=True, clashes=0, refused={}
    )
