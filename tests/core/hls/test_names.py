"""The local names of resources, and the canonical URL they are taken from."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.names import Base, Marks, Volatile, id_name, plain_name, twins
from proxy.core.kind import Kind
from proxy.core.tokens.placing.path_placement import PathPart
from proxy.core.tokens.placing.placement import Query
from proxy.core.tokens.placing.rule import Reach, Rule

HOME = "https://m.example"
BLOB = "a%2Bb" * 20
RULE = Rule(
    (Query("token"), PathPart(1)), Reach(everything=True, origins=frozenset({HOME}))
)
VOLATILE = Volatile(
    frozenset({"expires", "signature"}), (re.compile(r"(?<=^/)[^/]{64,}(?=/)"),)
)


@pytest.mark.parametrize(
    ("url", "steady"),
    [
        (f"{HOME}/TOKEN/v/s.ts", f"{HOME}/*/v/s.ts"),
        ("HTTPS://M.Example:443/T/s.ts?token=x", f"{HOME}/*/s.ts"),
        (f"{HOME}/T/s.ts?Expires=1&q=%7e&SIGNATURE=2#f", f"{HOME}/*/s.ts?q=%7e"),
        ("https://u:p@o.example/s.ts", "https://o.example/s.ts"),
        (f"https://o.example/{BLOB}/s.ts?expires=1", "https://o.example/*/s.ts"),
        ("https://o.example/s.ts?cdn=b&t=1", "https://o.example/s.ts?cdn=b&t=1"),
        ("https://o.example/s.ts?", "https://o.example/s.ts?"),
    ],
)
def test_the_canonical_url_lacks_only_token_signature_and_spelling(
    url: str, steady: str
) -> None:
    """All other bytes select content and stay, in order and as they are encoded."""
    assert Marks(RULE, VOLATILE).steady(url) == steady


@pytest.mark.parametrize(
    ("steady", "canonical"),
    [
        ("https://edge7.example/x/y/s.ts", "https://lb.example/a/b/s.ts"),
        ("https://edge7.example/x/z/s.ts?q", "https://lb.example/a/z/s.ts?q"),
        ("https://edge7.example/s.ts", "https://lb.example/s.ts"),
        ("https://edge7.example/x/y/a:b.ts", "https://lb.example/a/b/a:b.ts"),
        ("https://edge7.example/x/y/c//d.ts", "https://lb.example/a/b/c//d.ts"),
        ("https://other.example/x/y/s.ts", "https://other.example/x/y/s.ts"),
    ],
)
def test_a_host_after_a_redirect_is_not_part_of_names(
    steady: str, canonical: str
) -> None:
    """It may be another edge tomorrow, so names come from the requested URL."""
    base = Base("https://edge7.example/x/y/i.m3u8", "https://lb.example/a/b/i.m3u8?z")
    assert base.canonical(steady) == canonical


@pytest.mark.parametrize(
    ("name", "kind", "plain"),
    [
        ("seg1.ts", Kind.SEGMENT, True),
        ("seg_1.0-a.m4s", Kind.PART, True),
        ("SEG.TS", Kind.SEGMENT, True),
        ("a.jpg", Kind.SEGMENT, False),
        ("a.php", Kind.SEGMENT, False),
        ("segment", Kind.SEGMENT, False),
        ("init.mp4", Kind.MAP, True),
        ("init.ts", Kind.MAP, False),
        (".hidden.ts", Kind.SEGMENT, False),
        ("..", Kind.SEGMENT, False),
        ("index.m3u8", Kind.SEGMENT, False),
        ("seg-abcdefgh2345.ts", Kind.SEGMENT, False),
        ("a" * 61 + ".ts", Kind.SEGMENT, True),
        ("a" * 62 + ".ts", Kind.SEGMENT, False),
        ("a%20b.ts", Kind.SEGMENT, False),
        ("s.ts?", Kind.SEGMENT, False),
    ],
)
def test_a_plain_name_needs_no_id(name: str, kind: Kind, *, plain: bool) -> None:
    """It matches the grammar and the container, and no other rule applies."""
    expected = name if plain else None
    assert plain_name(name, kind, images=False) == expected


@pytest.mark.parametrize(
    ("url", "kind", "fallback", "pattern"),
    [
        ("https://h/seg1.ts?t=1", Kind.SEGMENT, "ts", r"seg1-ID\.ts"),
        ("https://h/a/seg1", Kind.SEGMENT, "mp4", r"seg1-ID\.mp4"),
        ("https://h/a/seg1.php", Kind.SEGMENT, "ts", r"seg1-ID\.ts"),
        ("https://h/a/b%20c.ts", Kind.SEGMENT, "ts", r"b-20c-ID\.ts"),
        ("https://h/", Kind.SEGMENT, "ts", r"seg-ID\.ts"),
        ("https://h/*", Kind.PART, "mp4", r"part-ID\.mp4"),
        ("https://h/key.php?id=5", Kind.KEY, "ts", r"key-ID\.php"),
        ("https://h/k.html", Kind.KEY, "ts", r"k-ID\.bin"),
        ("https://h/k.SVG", Kind.OTHER, "", r"k-ID"),
        ("https://h/d.js", Kind.SESSION_DATA, "ts", r"d-ID\.json"),
        ("https://h/key?id=5", Kind.KEY, "ts", r"key-ID\.bin"),
        ("https://h/init", Kind.MAP, "mp4", r"init-ID\.mp4"),
        ("https://h/list", Kind.PLAYLIST, "m3u8", r"list-ID\.m3u8"),
        ("https://h/" + "x" * 300 + ".ts", Kind.SEGMENT, "ts", "x{32}-ID\\.ts"),
        ("https://h/x", Kind.OTHER, "", "x-ID"),
    ],
)
def test_other_names_carry_an_id(
    url: str, kind: Kind, fallback: str, pattern: str
) -> None:
    """A readable stem, 60 bits of hash, an extension that players accept."""
    name = id_name(url, kind, fallback=fallback)
    assert re.fullmatch(pattern.replace("ID", "[a-z2-7]{12}"), name)
    assert not plain_name(name, kind, images=False)


def test_images_keep_their_extension_in_an_image_rendition() -> None:
    """Elsewhere a segment with .jpg is disguised media."""
    assert plain_name("t1.jpg", Kind.SEGMENT, images=True) == "t1.jpg"
    assert id_name("https://h/t1.jpg?", Kind.SEGMENT, fallback="ts").endswith(".ts")


@pytest.mark.parametrize("asked", ["https://lb.example/v.m3u8", "https://lb.example"])
def test_paths_above_the_requested_root_stay_distinct(asked: str) -> None:
    """A short URL may redirect into a folder; two ways out of it are two URLs."""
    base = Base("https://edge7.example/x/y/i.m3u8", asked)
    canonical = {
        base.canonical(f"https://edge7.example{path}")
        for path in ("/x/y/s.ts", "/x/s.ts", "/s.ts", "/z/s.ts")
    }
    assert len(canonical) == 4


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200))
def test_every_name_matches_the_grammar(path: str) -> None:
    """Whatever an upstream calls its files, a local name is short and plain."""
    name = id_name(f"https://h/{path}", Kind.SEGMENT, fallback="ts")
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,90}", name)


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("s-abcdefgh2345.ts", ["s-abcdefgh2345.mp4", "s-abcdefgh2345.vtt"]),
        ("s-abcdefgh2345.mp4", ["s-abcdefgh2345.ts", "s-abcdefgh2345.vtt"]),
        ("s-abcdefgh2345.aac", []),
        ("s1.ts", []),
        ("", []),
    ],
)
def test_a_segment_may_have_had_another_extension(name: str, others: list[str]) -> None:
    """Its id identifies it; an upstream's own file name must match."""
    assert twins(name) == others
