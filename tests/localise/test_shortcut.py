"""The names of segments, computed the fast way."""

import re
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.names import Base, Marks, Volatile
from proxy.core.hls.references import Reference
from proxy.core.kind import Kind
from proxy.core.tokens.placing.path_placement import PathPrefix
from proxy.core.tokens.placing.placement import Placement, Query
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.localise.document_place import DocumentPlace
from proxy.localise.folders import Folder
from proxy.localise.naming import Namer

ASKED = "https://m.example/live/v.m3u8"
ROOT = "http://127.0.0.1/lobby"
MOVED = "https://edge7.example/s/x/v.m3u8"
VOLATILE = Volatile(frozenset({"expires", "signature"}))


def place(
    *, read: str = ASKED, placement: Placement | None = None, secrets: str = ""
) -> DocumentPlace:
    """Return the place of a rendition that was requested at ASKED."""
    placements = (placement or Query("token"),)
    reach = Reach(everything=True, origins=frozenset({"https://m.example"}))
    return DocumentPlace(
        path="720p/index.m3u8",
        depth=1,
        folder=Folder("720p", "mp4"),
        url=read,
        base=Base(read, ASKED),
        marks=Marks(Rule(placements, reach), VOLATILE),
        allowed=is_allowed,
        secrets=Recogniser({secrets} if secrets else ()),
    )


def namer(read: str) -> Namer:
    """Return a namer for the references of a rendition that was read there."""
    return Namer(place(read=read), renditions={}, known=lambda _: None, root=ROOT)


def is_allowed(url: str) -> bool:
    """Refuse one host."""
    return not url.startswith("https://evil.example/")


hosts = st.sampled_from(
    [
        *("", "a/", "https://m.example/live/", "https://M.example:443/live/"),
        *("https://edge7.example/s/x/", "https://edge7.example/", "http://o.example/"),
        "https://evil.example/",
    ]
)
files = st.sampled_from(
    ["s1.ts", "s2.M4S", "s-abcdefgh2345.ts", "x.php", "x", "a~b.ts", "x" * 70 + ".ts"]
)
queries = st.sampled_from(
    ["", "?", "?x=1", "?Expires=1&signature=2", "?x=1&expires=2", "?token=T", "?%78=1"]
)
written = st.builds("{}{}{}".format, hosts, files, queries)
ALIKE = ["s{}.ts", "s-{:02}.M4S", "{}", "s{}.x.ts", "x" * 40 + "{}.ts", "s{}.php"]


@st.composite
def runs(draw: st.DrawFn) -> list[str]:
    """Return a platform's references, with all or nearly all segments written alike."""
    form = draw(hosts) + draw(st.sampled_from(ALIKE)) + draw(queries)
    numbers = draw(st.lists(st.integers(0, 40), min_size=8, max_size=30))
    return [form.format(number) for number in numbers] + draw(st.lists(written))


KINDS = [Kind.SEGMENT, Kind.PART, Kind.MAP, Kind.KEY]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("read", [ASKED, MOVED])
@given(
    texts=st.lists(written)
    | st.lists(runs(), max_size=3).map(chain.from_iterable).map(list)
)
def test_resources_are_named_alike_at_once_and_one_by_one(
    kind: Kind, read: str, texts: list[str]
) -> None:
    """Names, URLs, clashes and refusals: all that the catalog and operators see."""
    at_once = namer(read)
    singly = namer(read)
    below = read.rpartition("/")[0] + "/"
    local = [
        singly(Reference(text if "://" in text else below + text, kind, written=text))
        for text in texts
    ]
    assert at_once.many(kind, texts) == local
    one, other = at_once.turn(), singly.turn()
    assert (one.clashes, one.refused, one.tied) == (
        other.clashes,
        other.refused,
        other.tied,
    )
    assert one.urls.get(kind, {}) == other.urls.get(kind, {})


def test_a_segment_with_its_own_signature_has_a_lasting_name() -> None:
    """The fast way leaves out what is signed."""
    short = place().shortcut
    url = "https://cdn.example/v/s1.ts?Expires={}&Signature=x"
    name = short.name_of(url.format(1))
    assert name is not None
    assert re.fullmatch(r"s1-[a-z2-7]{12}\.ts", name)
    assert short.name_of(url.format(2)) == name
    assert short.name_of("https://m.example/live/s1.ts?expires=3") == "s1.ts"


@pytest.mark.parametrize(
    ("form", "count", "at_once"),
    [
        ("https://cdn.example/v/s{0}.ts?Expires={0}&Signature=x", 8, True),
        ("https://cdn.example/v/s{0}.ts", 8, True),
        ("https://m.example/live/s{0}.ts?expires=3", 8, True),
        ("https://cdn.example/v/s{0}.ts?Expires={0}", 7, False),
        ("https://cdn.example/v{0}/s.ts?Expires=1", 8, False),
        ("https://cdn.example/v/s{0}.ts?x=1", 8, False),
        ("https://m.example/live/s{0}.php?expires=3", 8, False),
        ("https://evil.example/v/s{0}.ts", 8, False),
    ],
)
def test_many_alike_in_one_folder_are_named_at_once(
    form: str, count: int, *, at_once: bool
) -> None:
    """With the same names as one by one; all others are named one by one."""
    short = place().shortcut
    urls = [form.format(number) for number in range(count)]
    found = short.names_of(urls)
    assert (found is not None) == at_once
    assert found is None or found == [short.name_of(url) for url in urls]


@given(st.lists(runs(), max_size=4))
def test_earlier_findings_change_no_name(versions: list[list[str]]) -> None:
    """They save work for later versions, and decide nothing."""
    short = place().shortcut
    for urls in versions:
        assert short.names_of(urls) == place().shortcut.names_of(urls)
        names = [short.name_of(url) for url in urls]
        assert names == [place().shortcut.name_of(url) for url in urls]


def test_a_folder_per_segment_is_no_problem() -> None:
    """Most folders are forgotten."""
    short = place().shortcut
    names = [short.name_of(f"https://cdn.example/{n % 150}/s.ts") for n in range(300)]
    assert names[:150] == names[150:]
    assert len(set(names)) == 150


@pytest.mark.parametrize(
    ("where", "url"),
    [
        (place(), "https://evil.example/s.ts"),
        (place(), "https://m.example/s.ts?token=x"),
        (place(placement=PathPrefix("t=")), "https://m.example/s.ts"),
        (place(secrets="SECRET-TOKEN"), "https://m.example/s.ts"),
    ],
)
def test_urls_that_need_a_closer_look_have_no_shortcut(
    where: DocumentPlace, url: str
) -> None:
    """A refused address, a placed token, or a document that contains the token."""
    assert where.shortcut.name_of(url) is None
