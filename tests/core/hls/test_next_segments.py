"""What a player will ask for next: the segments that follow a name."""

import pytest

from proxy.core.hls.next_segments import Following, Next, following
from tests.core.hls.test_run_positions import HEAD, INIT, OTHER, run_of

LISTED = "".join(f"#EXTINF:6,\n{name}.mp4\n" for name in "abcdef")


@pytest.mark.parametrize(
    ("number", "names"),
    [(6, "abc"), (7, "bcd"), (9, "def"), (10, "ef"), (12, ""), (5, ""), (99, "")],
)
def test_the_next_segments_of_the_playlist_follow(number: int, names: str) -> None:
    """As many as are wanted, with the init section in use."""
    run = run_of(HEAD + INIT + LISTED)
    segments = tuple(Next(f"{name}.mp4".encode(), gap=False) for name in names)
    found = following(run, number, 3)
    assert found.segments == segments
    assert found.init == (b"i.mp4" if names else None) or number == 12


def test_gaps_are_told() -> None:
    """There is nothing to fetch for them."""
    text = LISTED.replace("b.mp4", "#EXT-X-GAP\nb.mp4#t=1")
    assert following(run_of(HEAD + text), 7, 2) == Following(
        None, (Next(b"b.mp4", gap=True), Next(b"c.mp4", gap=False))
    )


def test_only_segments_with_the_same_init_section_follow() -> None:
    """Beginning with that of the next one."""
    text = LISTED.replace("#EXTINF:6,\nc", f"{OTHER}#EXTINF:6,\nc")
    text = text.replace("#EXTINF:6,\ne", f"{INIT}#EXTINF:6,\ne")
    run = run_of(HEAD + INIT + text)
    seen = [following(run, number, 4) for number in (7, 8, 9, 10)]
    inits = [found.init for found in seen]
    assert inits == [b"i.mp4", b"j.mp4", b"j.mp4", b"i.mp4"]
    names = [b"".join(name[:1] for name, _ in found.segments) for found in seen]
    assert names == [b"b", b"cd", b"d", b"ef"]


def test_what_a_delta_skips_follows_too() -> None:
    """The whole version before it lists it, and its init section."""
    delta = "#EXT-X-SKIP:SKIPPED-SEGMENTS=4\n#EXTINF:6,\ne.mp4\n#EXTINF:6,\nf.mp4\n"
    run = run_of(HEAD + INIT + LISTED, HEAD + delta)
    assert [name for name, _ in following(run, 7, 2).segments] == [b"b.mp4", b"c.mp4"]
    assert following(run, 10, 2).init == b"i.mp4"


def test_parts_between_segments_are_passed_over() -> None:
    """As comments are."""
    part = '#EXT-X-PART:DURATION=1,URI="p.mp4"\n'
    text = LISTED.replace("#EXTINF", f"{part * 12}\n# x\n#EXTINF")
    found = following(run_of(HEAD + text), 7, 5)
    assert [name for name, _ in found.segments] == [
        *(b"b.mp4", b"c.mp4", b"d.mp4", b"e.mp4", b"f.mp4")
    ]
