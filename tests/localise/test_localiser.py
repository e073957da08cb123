"""Makes an upstream playlist local: equal inputs give equal outputs."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.names import Base, Marks
from proxy.core.hls.playlist import Document, Pass
from proxy.core.http import uri
from proxy.core.tokens.placing.placement import Query
from proxy.core.tokens.placing.rule import Reach, Rule
from proxy.core.tokens.secrets.recogniser import Recogniser
from proxy.errors import BadAnswerError, LimitError
from proxy.localise.catalog import Catalog
from proxy.localise.document_place import DocumentPlace
from proxy.localise.draft import Draft
from proxy.localise.folders import Folder
from proxy.localise.ladder import Ladder
from proxy.localise.localiser import Localiser
from proxy.localise.naming import Namer

D = "https://cdn.example/v/"
ENTRY = f"{D}index.m3u8"
RULE = Rule(
    (Query("token"),),
    Reach(everything=False, origins=frozenset({"https://cdn.example"})),
)
LOCALISER = Localiser(Marks(RULE), lambda _: True, Catalog(ENTRY, limit=100).get)


def draft(body: str, *, path: str = "index.m3u8", query: str | None = None) -> Draft:
    """Return a playlist as it was received."""
    return Draft(
        path=path,
        depth=0,
        body=body.encode(),
        document=Document(ENTRY, query),
        base=Base(ENTRY, ENTRY),
        root="http://127.0.0.1:8080/lobby",
        secrets=Recogniser({"SECRET-TOKEN"}),
        token=Recogniser({"SECRET-TOKEN"}),
        folder=None,
        listed=Ladder(),
        siblings=Ladder(),
    )


def test_a_multivariant_playlist_has_a_ladder() -> None:
    """Each playlist that it lists gets a slug; segments are not looked for."""
    body = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=64000\nlow.m3u8\n"
    local = LOCALISER.localise(draft(body))
    assert local.ladder is not None
    assert local.ladder.slugs == {f"{D}low.m3u8": "64k"}
    assert local.facts.body.endswith(b"\n64k/index.m3u8\n")


def test_the_first_version_decides_the_type_of_segments() -> None:
    """Later ones keep it: a delta does not show the init section."""
    first = LOCALISER.localise(draft('#EXTM3U\n#EXT-X-MAP:URI="i.mp4"\ns\n'))
    assert first.folder == Folder("main", "mp4")
    delta = replace(draft("#EXTM3U\ns\n"), folder=first.folder)
    assert LOCALISER.localise(delta).facts.body.endswith(b".mp4\n")


def test_a_report_is_matched_with_the_parents_list() -> None:
    """A media playlist knows its siblings only from its parent."""
    report = '#EXTM3U\n#EXT-X-RENDITION-REPORT:URI="b.m3u8"\n'
    siblings = Ladder({f"{D}b.m3u8": "2k"})
    one = replace(draft(report, path="1k/index.m3u8"), siblings=siblings)
    assert b'URI="../2k/index.m3u8"' in LOCALISER.localise(one).facts.body


def test_s4_a_token_from_a_variable_reaches_no_other_origin() -> None:
    """The playlist's own query contains it, and a variable passes it on."""
    body = (
        '#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="t"\n#EXTINF:4,\n'
        "https://ads.example/{$t}/s.ts\n#EXTINF:4,\nhttps://ads.example/s.ts\n"
    )
    local = LOCALISER.localise(draft(body, query="t=SECRET-TOKEN"))
    assert [url for sheet in local.listing.sheets for url in sheet.urls.values()] == [
        "https://ads.example/s.ts"
    ]
    # The token is the reason for the refusal: allowing the origin would not help.
    assert [*local.refused.values()] == [""]


def test_s5_a_token_outside_references_is_removed() -> None:
    """From a comment, a fragment, or a URL with an unknown scheme."""
    body = (
        "#EXTM3U\n# for SECRET-TOKEN\n#EXTINF:4,\ns.ts#SECRET-TOKEN\n"
        "#EXTINF:4,\nurn:h:SECRET-TOKEN\n"
    )
    local = LOCALISER.localise(draft(body))
    assert local.facts.body == (
        b"#EXTM3U\n# for \n#EXTINF:4,\nmain/s.ts#\n#EXTINF:4,\nurn:h:\n"
    )


@pytest.mark.parametrize(
    "reference",
    [
        "SECRET-TOKEN.ts",
        "SECRET%2DTOKEN.ts?x=1",
        "https://cdn.example/o/s-SECRET-TOKEN-1.ts",
    ],
)
def test_s5_a_name_that_would_show_a_secret_is_hidden(reference: str) -> None:
    """The hidden name is stable, and stands for the original URL."""
    bodies = [
        LOCALISER.localise(draft(f"#EXTM3U\n#EXTINF:4,\n{reference}\n"))
        for _ in range(2)
    ]
    (first, again) = (local.facts.body.splitlines()[-1].decode() for local in bodies)
    assert first == again
    assert re.fullmatch(r"main/hidden-[a-z2-7]{12}\.ts", first)
    (sheet,) = bodies[0].listing.sheets
    resolved = uri.resolve(D, reference.encode())
    assert resolved is not None
    assert sheet.resource(first).url == resolved[0]


def test_s5_a_piece_of_a_secret_is_hidden_too() -> None:
    """A secret may contain a slash, and its other part may come before."""
    one = replace(
        draft("#EXTM3U\n#EXTINF:4,\nabcd/efgh.ts\n#EXTINF:4,\nabcd/x.ts\n"),
        secrets=Recogniser({"abcd/efgh"}),
    )
    hidden, shown = LOCALISER.localise(one).facts.body.splitlines()[2::2]
    assert hidden.startswith(b"main/hidden-")
    assert shown.startswith(b"main/x-")


def test_s5_a_secret_from_an_imported_variable_is_hidden() -> None:
    """The playlist itself does not contain it."""
    body = '#EXTM3U\n#EXT-X-DEFINE:IMPORT="v"\n#EXTINF:4,\n{$v}.ts\n'
    one = draft(body, path="720p/index.m3u8")
    document = replace(one.document, imports={"v": "SECRET-TOKEN"})
    local = LOCALISER.localise(replace(one, document=document))
    assert b"SECRET" not in local.facts.body
    assert b"\nhidden-" in local.facts.body


def test_s5_a_secret_that_cannot_be_removed_is_refused() -> None:
    """After each removal the rest contains a secret again, too often to continue."""
    body = "#EXTM3U\n#" + "SECRET" * 40 + "-TOKEN" * 40
    with pytest.raises(BadAnswerError, match="cannot be taken out"):
        LOCALISER.localise(draft(body))


def test_s5_no_slug_shows_a_secret() -> None:
    """Not in lower case either."""
    body = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,LANGUAGE="SECRET-TOKEN",URI="a.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=64000
low.m3u8
"""
    local = LOCALISER.localise(draft(body))
    assert local.ladder is not None
    slug = local.ladder.slugs[f"{D}a.m3u8"]
    assert re.fullmatch("variant-[a-z2-7]{12}", slug)
    assert b"secret" not in local.facts.body.lower()
    assert f'URI="{slug}/index.m3u8"'.encode() in local.facts.body


@pytest.mark.parametrize(
    "manifest", ["%7B", "{%22X%22:NaN}", "{%22X%22:%22%5Cud800%22}", "%FF"]
)
def test_an_invalid_manifest_in_a_data_url_is_replaced(manifest: str) -> None:
    """It could lead the player around the proxy."""
    body = (
        "#EXTM3U\n#EXT-X-CONTENT-STEERING:"
        f'SERVER-URI="data:application/json,{manifest}"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"
    )
    local = LOCALISER.localise(draft(body))
    assert b'SERVER-URI="common/steering.json"' in local.facts.body
    assert not any(
        "common/steering.json" in sheet.urls for sheet in local.listing.sheets
    )


FILES = st.sampled_from(
    [
        *("s1.ts", "s2.m4s", "a/s1.ts", "./s1.ts", "s1.m3u8", "s1", "s1.ts#f", "ü.ts"),
        *("https://o.example/s.ts", "https://no.example/s.ts", "rtmp://h/s", "s 1.ts"),
        *("s.ts?token=T", "s.ts?x=1", "{$a}s.ts", "{$b}/s.ts", "x{$a}{$c}", "{$no}"),
        *("{$t}.ts", "{$", "{$d}s.ts", "init.mp4", "/s.mp4", "skd://k", "data:,k"),
    ]
)
OTHERS = st.sampled_from(
    [
        *("METHOD=AES-128", "METHOD=NONE", "METHOD=SAMPLE-AES", "IV=0x1F", "X=", "G"),
        *('KEYFORMAT="identity"', 'KEYFORMAT="com.x"', 'X="URI="', "X='a'", 'X="{$a}"'),
        *('BYTERANGE="1@2"', "DURATION=0.3", " X=1", 'X="a"b', "X='a", 'X-URI="s.ts"'),
    ]
)


@st.composite
def tags(draw: st.DrawFn) -> str:
    """Return a tag with references, and with anything else that may be in one."""
    tag = draw(st.sampled_from(["KEY", "PART", "MAP", "DATERANGE", "PRELOAD-HINT"]))
    quotes = st.sampled_from(['"%s"'] * 4 + ["'%s'", "%s", '" %s"', '"%s'])
    uris = draw(st.lists(FILES, min_size=1, max_size=draw(st.sampled_from([1, 1, 2]))))
    attributes = draw(st.lists(OTHERS, max_size=3))
    names = ["X-ASSET-LIST"] * 3 + ["X-ASSET-URI", "X-URI", "URI"]
    name = st.sampled_from(names if tag == "DATERANGE" else ["URI"])
    attributes += [f"{draw(name)}={draw(quotes) % uri}" for uri in uris]
    return f"#EXT-X-{tag}:{','.join(draw(st.permutations(attributes)))}"


DEFINITIONS = "".join(
    f'#EXT-X-DEFINE:NAME="{name}",VALUE="{value}"\n'
    for name, value in (("a", "v"), ("b", "https://o.example/w"), ("c", ""), ("d", "."))
)
LINES = tags() | FILES | st.sampled_from(['#EXTINF:4,URI="{$a}', "#EXT-X-GAP", "", "#"])


@given(lines=st.lists(LINES), end=st.sampled_from(["\n", "\r\n"]))
def test_many_references_at_once_read_as_one_by_one(lines: list[str], end: str) -> None:
    """Bytes, names, URLs and notes are equal: the fast way decides nothing."""
    head = DEFINITIONS + '#EXT-X-DEFINE:QUERYPARAM="t"\n'
    body = (head + "".join(line + end for line in lines)).encode()
    found = []
    for quick in (True, False):
        folder, base = Folder("main", "ts"), Base(ENTRY, ENTRY)
        place = DocumentPlace(
            path="index.m3u8",
            depth=0,
            folder=folder,
            url=ENTRY,
            base=base,
            marks=LOCALISER.marks,
            allowed=lambda u: "no." not in u,
        )
        namer = Namer(place, renditions={}, known=lambda _: None, root="")
        one = Pass(
            Document(ENTRY, "t=T", hidden=frozenset({"t"})),
            namer,
            multivariant=False,
            many=namer.many if quick else None,
        )
        local, facts = one.block(body)
        named = namer.turn()
        urls = {kind: urls for kind, urls in named.urls.items() if urls}
        found.append((local, facts, urls, named.refused, named.clashes > 0))
    assert found[0] == found[1]


def test_a_playlist_has_few_session_keys() -> None:
    """Those in blocks that were known before count too."""
    key = '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="k{}"\n'
    body = "#EXTM3U\n" + "".join(map(key.format, range(1000)))
    one = replace(draft(body), path="a/index.m3u8", folder=Folder("a", "ts"))
    before = LOCALISER.localise(one).edition
    assert len(before.steady()) > 1
    with pytest.raises(LimitError, match="more than 1,000 EXT-X-SESSION-KEY"):
        LOCALISER.localise(
            replace(one, body=one.body + key.format(1000).encode(), before=before)
        )
