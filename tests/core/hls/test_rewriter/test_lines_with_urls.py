"""URLs on lines of their own: segments, variants, playlists."""

import pytest

from proxy.core.hls.references import Reference
from proxy.core.kind import Kind
from tests.core.hls.test_rewriter.rewriting import FOLDER, Pass


def test_a_plain_segment_has_only_a_url() -> None:
    """The usual case: no tag, no attributes, a relative local reference."""
    rewritten = Pass()
    assert rewritten("#EXTINF:4,\ns.ts?x=1") == "#EXTINF:4,\n0"
    assert rewritten.references == [
        Reference(FOLDER + "s.ts?x=1", Kind.SEGMENT, written="s.ts?x=1")
    ]


@pytest.mark.parametrize(
    "line", ["s.ts", "a/b.ts", "/s.ts", "https://h/s.ts", " s.ts ", "a b.ts", "?x"]
)
def test_the_fast_path_for_segments_gives_the_same_result(line: str) -> None:
    """Plain lines and other spellings have the same result."""
    rewritten = Pass()
    assert rewritten(line) == "0"
    assert rewritten.kinds == [Kind.SEGMENT]
    assert rewritten.rewriter.facts.segments == 1


@pytest.mark.parametrize(
    "line", ["v.m3u8", "v.M3U8?x=1", "https://h/v.m3u", "./v.m3u8", "v.m3u#f"]
)
def test_a_playlist_in_a_media_playlist_is_recognised_by_its_name(line: str) -> None:
    """Channel lists have titles before playlists."""
    rewritten = Pass()
    rewritten(f"#EXTINF:-1,One\n{line}")
    assert rewritten.kinds == [Kind.PLAYLIST]


def test_a_variant_gets_the_attributes_before_its_uri_line() -> None:
    """Blank lines, comments and other tags may be between (section 4.4.6.2)."""
    rewritten = Pass(multivariant=True)
    text = rewritten(
        '#EXT-X-STREAM-INF:BANDWIDTH=1,NAME="{$n}"\n\n# note\n'
        '#EXT-X-MEDIA:TYPE=AUDIO,URI="a"\nlow\nmore.ts'
    )
    audio, low, more = rewritten.references
    assert text.endswith('URI="0"\n1\n2')
    assert audio.tag == "EXT-X-MEDIA"
    assert low.tag == "EXT-X-STREAM-INF"
    assert low.attributes == {"BANDWIDTH": "1", "NAME": "{$n}"}
    assert (more.tag, more.attributes) == ("", {})
    assert rewritten.kinds == [Kind.PLAYLIST] * 3


def test_a_variant_may_have_no_attributes() -> None:
    """A bare STREAM-INF still shows what follows."""
    rewritten = Pass(multivariant=True)
    rewritten("#EXT-X-STREAM-INF:\nv")
    assert rewritten.references[0].tag == "EXT-X-STREAM-INF"


def test_attributes_before_a_bad_line_are_not_used_later() -> None:
    """They belong to the next URI line, even if it is not understood."""
    rewritten = Pass(multivariant=True)
    rewritten("#EXT-X-STREAM-INF:BANDWIDTH=1\nurn:x\nv")
    assert rewritten.references[0].tag == ""
