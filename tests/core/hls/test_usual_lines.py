"""Runs of usual lines."""

import pytest

from proxy.core.hls.usual_lines import ALL_PLAIN, MIXED, QUIET, UsualLines
from proxy.core.kind import Kind

SEGMENTS = b"#EXTINF:4,a title\n1.ts\n#EXTINF:4,\n#EXT-X-BYTERANGE:8@0\nb/2.ts?x=1\n"
TAGGED = b'#EXT-X-MAP:URI="i.mp4"\n#EXTINF:4,\n1.m4s\n#EXT-X-PART:DURATION=1,URI="p"\n'


@pytest.mark.parametrize(
    ("lines", "quiet", "mixed"),
    [
        (SEGMENTS, True, True),
        (SEGMENTS.replace(b"\n", b"\r\n"), True, True),
        (TAGGED, False, True),
        (b"v.m3u8\n", False, False),
        (b"../1.ts\n", False, False),
        (b'#EXT-X-DEFINE:NAME="a",VALUE="b"\n', False, False),
        (b"{$a}.ts\n", False, True),
    ],
)
def test_usual_lines_are_matched_to_their_end(
    lines: bytes, *, quiet: bool, mixed: bool
) -> None:
    """Lines that need a closer look are not."""
    assert bool(QUIET.fullmatch(lines)) == quiet
    assert bool(MIXED.fullmatch(lines)) == mixed


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_only_the_segments_are_replaced(end: bytes) -> None:
    """Titles and ranges stay."""
    lines = SEGMENTS.replace(b"\n", end)
    run = UsualLines.of(lines)
    assert run.parts[run.places] == ["1.ts", "b/2.ts?x=1"]
    assert (run.kinds, run.segments) == ([], 2)
    local = run.with_references(["A", "B"])
    assert local == lines.replace(b"1.ts", b"A").replace(b"b/2.ts?x=1", b"B")


def test_references_in_tags_have_kinds() -> None:
    """A title with a quotation mark is no such tag."""
    run = UsualLines.of(TAGGED)
    assert run.parts[run.places] == ["i.mp4", "1.m4s", "p"]
    assert run.kinds == [Kind.MAP, Kind.SEGMENT, Kind.PART]
    assert run.segments == 1
    assert UsualLines.of(b'#EXTINF:4,"a"\n1.ts\n').kinds == []


def test_plain_references_need_no_closer_look() -> None:
    """A playlist or a path upwards does."""
    assert ALL_PLAIN.fullmatch(b"1.ts\nb/2.ts")
    assert not ALL_PLAIN.fullmatch(b"1.ts\n../2.ts")
