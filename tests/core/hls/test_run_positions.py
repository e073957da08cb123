"""Where the playlists of a run list a name."""

import pytest

from proxy.core.hls.continuity import Moment, Version
from proxy.core.hls.encoder_runs import Run, run_after
from proxy.core.hls.playlist import Document, rewrite
from proxy.core.hls.run_positions import RunPosition, place_of
from proxy.core.hls.window import Window
from proxy.core.kind import Kind

DOCUMENT = Document("https://cdn.example/live/index.m3u8")
HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:7\n"


def run_of(*texts: str) -> Run:
    """Return the run of a playlist that was loaded in these versions, which belong."""
    run: Run | None = None
    for text in texts:
        facts = rewrite(text.encode(), DOCUMENT, lambda _: None)
        window = Window(facts.body, facts.segments)
        new = Version(
            window,
            Moment(0, 0),
            target_seconds=6,
            ended=facts.ended,
            partial=facts.partial,
        )
        before, run = run, run_after(run, new, lambda: "run")
        assert before in (None, run)
    assert run is not None
    return run


def place(
    name: str, *texts: str, kind: Kind = Kind.SEGMENT, head: str = HEAD
) -> RunPosition | None:
    """Return where a name is listed."""
    return place_of(run_of(*(head + text for text in texts)), name.encode(), kind)


PARTS = """#EXTINF:6,
a.mp4
#EXT-X-PART:DURATION=1,URI="b.0.mp4",INDEPENDENT=YES
#EXT-X-PART:URI="b.1.mp4",DURATION=1
#EXTINF:2,
b.mp4
#EXT-X-PART:DURATION=1,URI = "../x/c.0.mp4#t=1"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="c.1.mp4"
"""


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("a.mp4", 7),
        ("b.mp4", 8),
        ("b.0.mp4", 8),
        ("b.1.mp4", 8),
        ("../x/c.0.mp4", 9),
        ("c.0.mp4", None),
        ("c.1", None),
        ("x.mp4", None),
        ("YES", None),
    ],
)
def test_parts_have_the_number_of_their_segment(name: str, number: int | None) -> None:
    """Hints have that of the segment in the making."""
    found = place(name, PARTS, kind=Kind.PART)
    assert found == (None if number is None else RunPosition(number))


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("s.ts", 9),
        ("../common/s.ts", 7),
        ("main/s.ts", 8),
        ("t.ts", 10),
        ("ts", None),
        ("s", None),
    ],
)
def test_names_are_matched_as_a_whole(name: str, number: int | None) -> None:
    """Folders and all; a fragment is no part of a name."""
    text = (
        '#EXTINF:6,URI="t.ts"\n../common/s.ts\n#EXTINF:6,s.ts\nmain/s.ts\n'
        "#s.ts\n#EXTINF:6,\ns.ts\n#EXTINF:6,\nt.ts#t=1"
    )
    found = place(name, text)
    assert found == (None if number is None else RunPosition(number))


def test_a_part_that_is_only_announced_may_not_exist_yet() -> None:
    """The next version may list it."""
    assert place("c.1.mp4", PARTS) == RunPosition(9, hinted=True)
    listed = PARTS.replace("PRELOAD-HINT:TYPE=PART", "PART:DURATION=1")
    assert place("c.1.mp4", PARTS, listed) == RunPosition(9)


def test_of_several_listings_the_last_counts() -> None:
    """The file holds what was written last."""
    slate = "#EXTINF:6,\nslate.ts\n"
    assert place("slate.ts", slate * 3) == RunPosition(9)
    ranges = "#EXTINF:6,\n#EXT-X-BYTERANGE:9@0\nall.ts\n#EXTINF:6,\nx.ts\n"
    assert place("all.ts", ranges * 2) == RunPosition(9)
    part = '#EXT-X-PART:DURATION=1,URI="s.mp4",BYTERANGE="5@0"\n'
    growing = f"#EXTINF:6,\nr.mp4\n{part}"
    assert place("s.mp4", growing, kind=Kind.PART) == RunPosition(8)
    whole = f"{growing}#EXTINF:1,\ns.mp4\n"
    assert place("s.mp4", growing, whole) == RunPosition(8)
    assert place("s.mp4", growing, f"{whole}{part}") == RunPosition(9)


def test_announced_segments_have_the_number_that_they_will_have() -> None:
    """`EXT-X-PREFETCH`, of several low-latency servers before LL-HLS."""
    text = "#EXTINF:6,\na.ts\n#EXT-X-PREFETCH:b.ts\n#EXT-X-PREFETCH:c.ts\n"
    assert place("b.ts", text) == RunPosition(8)
    assert place("c.ts", text) == RunPosition(9)


def test_what_left_the_playlist_keeps_its_number() -> None:
    """It is no longer listed, so the upstream may have something else."""
    first = "#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n#EXTINF:6,\nc.ts\n"
    later = first.split("\n", 2)[2].replace("c.ts", "c.ts\n#EXTINF:6,\nd.ts")
    run = run_of(HEAD + first, HEAD.replace("7", "8") + later)
    assert place_of(run, b"a.ts", Kind.SEGMENT) == RunPosition(7, listed=False)
    assert place_of(run, b"b.ts", Kind.SEGMENT) == RunPosition(8)
    again = later.replace("d.ts", "d.ts\n#EXTINF:6,\na.ts")
    run = run_of(HEAD + first, HEAD.replace("7", "8") + again)
    assert place_of(run, b"a.ts", Kind.SEGMENT) == RunPosition(11)


def test_what_a_delta_skips_is_still_listed() -> None:
    """The last whole version tells its number."""
    whole = "".join(f"#EXTINF:6,\n{name}.ts\n" for name in "abcdef")
    delta = f"#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n{whole[48:]}#EXTINF:6,\ng.ts\n"
    sliding = HEAD.replace("7", "8")
    run = run_of(HEAD + whole, sliding + delta.replace("=3", "=2"))
    numbers = [place_of(run, f"{name}.ts".encode(), Kind.SEGMENT) for name in "abcdg"]
    assert numbers == [
        RunPosition(7, listed=False),
        *map(RunPosition, (8, 9, 10, 13)),
    ]


INIT = '#EXT-X-MAP:URI="i.mp4",BYTERANGE="9@0"\n'
OTHER = '#EXT-X-MAP:URI="j.mp4"\n'
SEGMENT = "#EXTINF:6,\ns.mp4\n"
CUT = "#EXT-X-DISCONTINUITY\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (INIT + SEGMENT, 0),
        (CUT + INIT + SEGMENT, 1),
        (INIT + CUT + SEGMENT, 1),
        (INIT + SEGMENT + CUT + SEGMENT, 1),
        (INIT + SEGMENT + CUT + INIT + SEGMENT, 1),
        (INIT + SEGMENT + CUT + OTHER + SEGMENT, 0),
        (INIT + SEGMENT + OTHER + CUT + SEGMENT, 0),
        (INIT + SEGMENT + CUT + OTHER + SEGMENT + CUT + INIT + SEGMENT, 2),
        (INIT + SEGMENT + CUT + OTHER + SEGMENT + CUT + INIT, 2),
        (OTHER + SEGMENT + CUT + '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="i.mp4"\n', 1),
        ("#EXT-X-DISCONTINUITY-SEQUENCE:5\n" + INIT + SEGMENT, 5),
        ("#EXT-X-DISCONTINUITY-SEQUENCE:5\n" + CUT + INIT + SEGMENT, 6),
        (INIT.replace("i.mp4", "../x/i.mp4") + SEGMENT, None),
        (OTHER + SEGMENT, None),
    ],
)
def test_an_init_section_has_the_number_of_its_last_discontinuity(
    text: str, number: int | None
) -> None:
    """After it, the same name may mean another init section."""
    found = place("i.mp4", text, kind=Kind.MAP)
    assert found == (None if number is None else RunPosition(number))


def test_discontinuities_are_counted_although_the_upstream_does_not() -> None:
    """Many have no EXT-X-DISCONTINUITY-SEQUENCE."""
    first = "".join(f"#EXTINF:6,\n{name}.mp4\n" for name in "abc")
    cut = first.replace("#EXTINF:6,\nb", f"{CUT}{INIT}#EXTINF:6,\nb")
    later = HEAD.replace("7", "9") + INIT + "#EXTINF:6,\nc.mp4\n#EXTINF:6,\nd.mp4\n"
    run = run_of(HEAD + INIT + cut, later)
    assert place_of(run, b"i.mp4", Kind.MAP) == RunPosition(1)


def test_a_delta_leaves_out_init_sections() -> None:
    """Those of the last whole version are in use, up to the next one."""
    whole = "".join(f"#EXTINF:6,\n{name}.mp4\n" for name in "abcd")
    delta = "#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n#EXTINF:6,\nc.mp4\n#EXTINF:6,\nd.mp4\n"
    one = f"{delta}{CUT}#EXTINF:6,\ne.mp4\n"
    two = f"{one}{CUT}{OTHER}#EXTINF:6,\nf.mp4\n"
    assert place("i.mp4", INIT + whole, delta, kind=Kind.MAP) == RunPosition(0)
    assert place("i.mp4", INIT + whole, one, kind=Kind.MAP) == RunPosition(1)
    assert place("i.mp4", INIT + whole, two, kind=Kind.MAP) == RunPosition(1)
    assert place("j.mp4", INIT + whole, two, kind=Kind.MAP) == RunPosition(2)


@pytest.mark.parametrize("kind", [Kind.OTHER, Kind.SESSION_DATA, Kind.PLAYLIST])
def test_other_things_have_no_place(kind: Kind) -> None:
    """It is not known when they change."""
    assert place("a.mp4", PARTS, kind=kind) is None
