"""Pathways: what a multivariant playlist lists, and the URLs of clones."""

import pytest

from proxy.core.hls.pathways import Member, Replacement, pathways_of
from proxy.core.hls.playlist import Reference
from proxy.core.kind import Kind

BASE = "https://st.example/a/m.json"


def listed(tag: str, url: str, **attributes: str) -> Reference:
    """Return what a tag lists; underscores become dashes."""
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return Reference(url, Kind.PLAYLIST, tag, named)


def test_pathways_are_distinguished() -> None:
    """Variants by their PATHWAY-ID, renditions by the groups that these name."""
    references = [
        listed(
            "EXT-X-MEDIA", "en", TYPE="AUDIO", GROUP_ID="a", STABLE_RENDITION_ID="R"
        ),
        listed("EXT-X-MEDIA", "de", TYPE="AUDIO", GROUP_ID="b"),
        listed("EXT-X-MEDIA", "fr", TYPE="AUDIO", GROUP_ID="c"),
        listed("EXT-X-STREAM-INF", "v", AUDIO="a", STABLE_VARIANT_ID="V"),
        listed("EXT-X-STREAM-INF", "w", AUDIO="b", PATHWAY_ID="B"),
        listed("EXT-X-I-FRAME-STREAM-INF", "i", PATHWAY_ID="B"),
        listed("EXT-X-IMAGE-STREAM-INF", "p", PATHWAY_ID="B"),
        listed("EXT-X-STREAM-INF", "unnamed", PATHWAY_ID="B"),
    ]
    found = pathways_of(references, lambda r: None if len(r.url) > 3 else f"s-{r.url}")
    assert found == {
        ".": (
            Member("v", "s-v", "V", rendition=False),
            Member("en", "s-en", "R", rendition=True),
        ),
        "B": (
            Member("w", "s-w", None, rendition=False),
            Member("i", "s-i", None, rendition=False),
            Member("de", "s-de", None, rendition=True),
        ),
    }


@pytest.mark.parametrize(
    ("url", "replacement", "moved"),
    [
        ("https://a.test/v?x=1", Replacement(), "https://a.test/v?x=1"),
        ("https://a.test/v?x=1", Replacement("b.test"), "https://b.test/v?x=1"),
        ("https://u:p@a.test:81/v", Replacement("b.test"), "https://b.test:81/v"),
        ("https://a.test:81/v", Replacement("b.test:82"), "https://b.test:82/v"),
        ("https://a.test:81/v", Replacement("[fd00::1]"), "https://[fd00::1]:81/v"),
        ("https://a.test/v", Replacement("b/../c"), "https://a.test/v"),
        (
            "https://a.test/v?b=1&c=2",
            Replacement("b.test", {"c": "new", "a": "x y", "B": "3"}),
            "https://b.test/v?b=1&c=new&B=3&a=x%20y",
        ),
        (
            "https://a.test/v",
            Replacement("b.test", {"a": "1"}, {"V": "../own/v.m3u8"}),
            "https://st.example/own/v.m3u8",
        ),
        (
            "https://a.test/v",
            Replacement("b.test", {}, {"V": "data:x"}, {"V": "https://c.test/"}),
            "https://b.test/v",
        ),
    ],
)
def test_the_url_of_a_clone_follows_its_replacement(
    url: str, replacement: Replacement, moved: str
) -> None:
    """Host, then parameters in order, or a complete URL."""
    member = Member(url, "v", "V", rendition=False)
    assert member.moved(replacement, BASE) == moved
