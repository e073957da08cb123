"""Whether a version of a media playlist continues an earlier one."""

import pytest

from proxy.core.hls.continuity import (
    Moment,
    Version,
    begins_alike,
    gained_seconds,
    late_seconds,
)
from proxy.core.hls.playlist import Document, rewrite
from proxy.core.hls.window import Window

DOCUMENT = Document("https://cdn.example/live/index.m3u8")
ABC = "#EXTINF:6,\na.ts\n#EXTINF:6,\nb.ts\n#EXTINF:4,\nc.ts"
BCD = "#EXTINF:6,\nb.ts\n#EXTINF:4,\nc.ts\n#EXTINF:5,\nd.ts"

DATE = "#EXT-X-PROGRAM-DATE-TIME:2026-01-01"


def version(lines: str, sequence: int | None = 0, *, source: str = "") -> Version:
    """Return a version with these segments."""
    number = "" if sequence is None else f"#EXT-X-MEDIA-SEQUENCE:{sequence}\n"
    body = f"#EXTM3U\n#EXT-X-TARGETDURATION:6\n{number}{lines}\n".encode()
    facts = rewrite(body, DOCUMENT, lambda _: None)
    return Version(
        Window(body, facts.segments),
        Moment(0, 0),
        target_seconds=facts.target_duration or 0,
        ended=facts.ended,
        partial=facts.partial,
        source=source,
    )


def both(before: str, after: str, shift: int = 1) -> bool:
    """Return whether one continues the other."""
    return begins_alike(version(before, 5), version(after, 5 + shift))


def tagged(lines: str, name: str, *tags: str) -> str:
    """Return the segments with tags added to one of them."""
    return lines.replace(f"\n{name}", "".join(f"\n{tag}" for tag in tags) + f"\n{name}")


@pytest.mark.parametrize(
    ("before", "after", "shift"),
    [
        (ABC, ABC, 0),
        (ABC, BCD, 1),
        (ABC, f"{ABC}\n{BCD[-16:]}", 0),
        (ABC, f"{ABC}\n#EXT-X-ENDLIST", 0),
        (ABC.replace("\n", "\r\n"), BCD, 1),
        (ABC, BCD.replace("6,", "6,title"), 1),
        (tagged(ABC, "b.ts", "#EXT-X-DISCONTINUITY"), BCD, 1),
        (ABC, tagged(BCD, "b.ts", '#EXT-X-MAP:URI="i.mp4"'), 1),
        (tagged(ABC, "a.ts", '#EXT-X-KEY:METHOD=AES-128,URI="k"'), BCD, 1),
        (f'{ABC}\n#EXT-X-PART:DURATION=1,URI="p.ts"', BCD, 1),
        (tagged(ABC, "c.ts", '#EXT-X-PART:DURATION=1,URI="p.ts"'), BCD, 1),
        (tagged(ABC, "b.ts", f"{DATE}T00:00:00Z"), BCD, 1),
        (
            tagged(ABC, "b.ts", f"{DATE}T00:00:00.000Z"),
            tagged(BCD, "b.ts", f"{DATE}T01:00:00.100+0100"),
            1,
        ),
        (BCD, ABC, -1),
        (f"{ABC}\n#EXTINF:5,\nd.ts", ABC, 0),
    ],
)
def test_an_encoder_goes_on(before: str, after: str, shift: int) -> None:
    """Segments leave, others follow, and tags are repeated for the first one.

    The last two are older copies, from another server.
    """
    assert both(before, after, shift)


@pytest.mark.parametrize(
    ("before", "after", "shift"),
    [
        (ABC, ABC, -5),
        (ABC, ABC, -1),
        (ABC, ABC, 1),
        (ABC, BCD, 3),
        (ABC, BCD, 99),
        (ABC, "", 0),
        ("", ABC, 0),
        (f"{ABC}\n{BCD}", ABC, 0),
        (ABC, BCD, 0),
        (ABC, BCD.replace("b.ts", "x.ts"), 1),
        (ABC, BCD.replace("c.ts", "x.ts"), 1),
        (ABC, BCD.replace("6,", "5,"), 1),
        (ABC, BCD.replace("4,", "4.001,"), 1),
        (ABC, tagged(BCD, "b.ts", "#EXT-X-DISCONTINUITY"), 1),
        (ABC, tagged(BCD, "c.ts", "#EXT-X-DISCONTINUITY"), 1),
        (f"{ABC}\n{BCD}", tagged(f"{ABC}\n{BCD}", "b.ts", "#EXT-X-DISCONTINUITY"), 0),
        (tagged(ABC, "c.ts", "#EXT-X-BYTERANGE:5@0"), BCD, 1),
        (
            tagged(ABC, "b.ts", '#EXT-X-KEY:METHOD=AES-128,URI="k1"'),
            tagged(BCD, "b.ts", '#EXT-X-KEY:METHOD=AES-128,URI="k2"'),
            1,
        ),
        (
            tagged(ABC, "b.ts", '#EXT-X-MAP:URI="i1.mp4"'),
            tagged(BCD, "b.ts", '#EXT-X-MAP:URI="i2.mp4"'),
            1,
        ),
        (
            tagged(ABC, "b.ts", f"{DATE}T00:00:00Z"),
            tagged(BCD, "b.ts", f"{DATE}T00:00:01Z"),
            1,
        ),
        (f"{ABC}\n#EXT-X-ENDLIST", f"{ABC}\n{BCD}", 0),
        (f"{ABC}\n#EXT-X-ENDLIST", ABC, 0),
    ],
)
def test_an_encoder_was_restarted(before: str, after: str, shift: int) -> None:
    """The numbers go back, or a segment is not what it was."""
    assert not both(before, after, shift)


def test_a_playlist_without_numbers_that_slides_is_always_another() -> None:
    """It says that its first segment is number 0, and it is not the same one."""
    assert not begins_alike(version(ABC, None), version(BCD, None))
    assert begins_alike(version(ABC, None), version(f"{ABC}\n#EXTINF:5,\nd.ts", None))


def test_a_cycle_of_names_without_numbers_may_have_gone_on() -> None:
    """`a b a` and `a b a b` may have three segments in common, or one."""
    cycle = ABC.replace("c.ts", "a.ts").replace("4,", "6,")
    longer = f"{cycle}\n#EXTINF:6,\nb.ts"
    assert not begins_alike(version(cycle, None), version(longer, None))
    assert begins_alike(version(cycle), version(longer))


def test_another_source_is_another_run() -> None:
    """Each session of an upstream has its own timeline."""
    assert not begins_alike(version(ABC, source="a"), version(ABC, source="b"))


def test_deltas_and_whole_versions_continue_each_other() -> None:
    """The numbers of what was skipped count."""
    skip = "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n"
    tail = f"{skip}{BCD}"
    assert begins_alike(version(ABC), version(tail))
    assert begins_alike(version(tail), version(f"{ABC}\n{BCD[-16:]}"))
    assert not begins_alike(version(ABC), version(tail.replace("=1", "=2")))
    assert not begins_alike(version(tail), version(ABC.replace("c.ts", "x.ts")))


def test_what_comes_later_is_longer() -> None:
    """Or shorter, if it is an older copy."""
    assert gained_seconds(version(ABC), version(BCD, 1)) == 5
    assert gained_seconds(version(BCD, 1), version(ABC)) == -5
    assert gained_seconds(version(ABC), version(ABC)) == 0


@pytest.mark.parametrize(
    ("before", "after", "shift", "seconds"),
    [
        (ABC, ABC, 0, 9),  # 1.5 target durations
        (ABC, BCD, 1, 0.75 * 10),
        (ABC, ABC.replace("a", "x"), 2, 0.75 * 6),
        ("\n".join([ABC] * 20), "\n".join([ABC] * 19), 3, 9),
    ],
)
def test_less_than_what_both_list_may_be_missing(
    before: str, after: str, shift: int, seconds: float
) -> None:
    """A restarted encoder would have had to make all of it once more."""
    older, newer = version(before), version(after, shift)
    assert late_seconds(older, newer) == pytest.approx(seconds)


P0, P1 = (f'#EXT-X-PART:DURATION=1,URI="d.{at}.ts"' for at in (0, 1))
CUT = "#EXT-X-DISCONTINUITY"
D = "#EXTINF:5,\nd.ts"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ([P0], [P0, P1], True),
        ([P0], [P0, P1, D], True),
        ([P0], [D], True),
        ([CUT, P0], [CUT, P0, D], True),
        ([], [CUT, P0], True),
        ([P0, P1], [P0], False),
        ([P0], [], False),
        ([P0], [P1], False),
        ([P0], [CUT, P0], False),
        ([P0], [CUT, P0, D], False),
        ([P0.replace("=1", "=2")], [P0, D], False),
    ],
)
def test_the_parts_of_a_segment_in_the_making_stay(
    before: list[str], after: list[str], *, same: bool
) -> None:
    """If they do not, the encoder makes it once more."""
    older, newer = "\n".join([ABC, *before]), "\n".join([ABC, *after])
    assert both(older, newer, 0) is same


def test_both_clocks_count() -> None:
    """One pauses during suspend, the other may be set back."""
    assert Moment(5, 1000).since(Moment(2, 400)) == 600
    assert Moment(5, 100).since(Moment(2, 400)) == 3
