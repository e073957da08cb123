"""One version of a media playlist: its segments by their numbers."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.hls.playlist import Document, rewrite
from proxy.core.hls.window import Window

DOCUMENT = Document("https://cdn.example/live/index.m3u8")

SLIDING = b"""#EXTM3U
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXTINF:6,
a.ts
#EXTINF:4.5,title
b.ts

#EXT-X-DISCONTINUITY
#EXTINF:5
#EXT-X-BYTERANGE:10@0
c.ts
"""


def window(body: bytes) -> Window:
    """Return the window of a local playlist, counted as the program counts it."""
    return Window(body, rewrite(body, DOCUMENT, lambda _: None).segments)


def test_segments_have_numbers_and_tags() -> None:
    """The first one also has the playlist's tags."""
    found = window(SLIDING)
    assert (found.sequence, found.first, found.end) == (7, 7, 10)
    assert [found.segment(n).name for n in (7, 8, 9)] == [b"a.ts", b"b.ts", b"c.ts"]
    assert found.segment(9).tags == {
        b"DISCONTINUITY": [b""],
        b"EXTINF": [b"5"],
        b"BYTERANGE": [b"10@0"],
    }
    assert found.durations(7, 10) == [6, 4.5, 5]
    assert found.durations(8, 9) == [4.5]
    assert found.durations(9, 8) == []


def test_each_line_belongs_to_a_segment() -> None:
    """After the last one, to the one in the making."""
    found = window(SLIDING)
    lines = [at + 1 for at, byte in enumerate(found.text) if byte == ord("\n")]
    numbers = [found.number_at(at) for at in lines]
    assert numbers == [7, 7, 7, 7, 7, 8, 8, 9, 9, 9, 9, 9, 10]


def test_discontinuities_are_counted_up_to_a_line() -> None:
    """From the number that the playlist gives."""
    found = window(SLIDING)
    numbers = [found.discontinuity_at(found.line_of(n)) for n in (7, 8, 9)]
    assert numbers == [3, 3, 4]


def test_parts_belong_to_their_segment() -> None:
    """Or to the one in the making. A discontinuity before them counts."""
    first, second, third = (f'#EXT-X-PART:DURATION=1,URI="{n}.ts"' for n in range(3))
    cut = "#EXT-X-DISCONTINUITY"
    body = SLIDING.decode() + f"{first}\n{second}\n#EXTINF:2,\nd.ts\n{cut}\n{third}\n"
    found = window(body.encode())
    parts = [b"\n".join(found.parts(number)).decode() for number in (8, 9, 10, 11)]
    assert parts == ["", cut, f"{first}\n{second}", f"{cut}\n{third}"]


def test_a_delta_begins_after_what_it_skips() -> None:
    """RFC 8216bis, section 4.4.5.2."""
    body = SLIDING.replace(b"#EXTINF:6", b"#EXT-X-SKIP:SKIPPED-SEGMENTS=5\n#EXTINF:6")
    found = window(body)
    assert (found.sequence, found.first, found.end) == (7, 12, 15)


@pytest.mark.parametrize(
    "body",
    [
        SLIDING.replace(b"\n", b"\r\n"),
        SLIDING.replace(b"\n", b"\r"),
        SLIDING.rstrip(b"\n"),
        b"\xef\xbb\xbf" + SLIDING,
        SLIDING.replace(b"#EXTINF", b" \t#EXTINF"),
        SLIDING.replace(b"\n#EXTINF", b"\n#EXT-X-MEDIA-SEQUENCE\n#EXTINF"),
        SLIDING.replace(b"\n#EXTINF", b"\n\n# a comment\n  \n#EXTINF"),
    ],
)
def test_sloppy_lines_count_as_players_count_them(body: bytes) -> None:
    """Line ends, blanks and comments make no difference."""
    found = window(body)
    assert (found.first, found.end) == (7, 10)
    assert [found.segment(n).name for n in (7, 8, 9)] == [b"a.ts", b"b.ts", b"c.ts"]
    assert found.discontinuity_at(found.line_of(9)) == 4


@pytest.mark.parametrize(
    "body", [b"", b"#EXTM3U", b"\xff\xfe#\0E\0\n\0x\0", b"\xef\xbb\xbf", b"\n\n"]
)
def test_a_playlist_may_list_nothing(body: bytes) -> None:
    """Then the next segment is the first."""
    found = window(body)
    assert (found.first, found.end) == (0, 0)
    assert found.number_at(len(found.text)) == 0


TEXT = st.lists(
    st.sampled_from(
        [
            *(b"#EXTM3U", b"#EXT-X-MEDIA-SEQUENCE:3", b"#EXTINF:2,", b"a.ts", b"b.ts"),
            *(b" a.ts", b"\t", b"", b"#", b" # x", b"\xff\xfe", b"\x0b", b"\x85 x"),
            *(b"#EXT-X-DISCONTINUITY", b"#EXT-X-SKIP:SKIPPED-SEGMENTS=2", b"data:,"),
        ]
    )
)


@given(
    TEXT,
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_it_counts_segments_as_the_rewriter_does(
    lines: list[bytes], end: bytes, mark: bytes
) -> None:
    """So that the numbers at both ends of a playlist fit."""
    body = mark + end.join(lines)
    local = rewrite(body, DOCUMENT, lambda reference: reference.written or None)
    found = Window(local.body, local.segments)
    numbers = range(found.first, found.end)
    lines_of = [found.line_of(number) for number in numbers]
    assert [found.number_at(line) for line in lines_of] == list(numbers)
    fresh = Window(local.body, local.segments)
    assert [fresh.number_at(line) for line in reversed(lines_of)] == list(
        reversed(numbers)
    )
    assert lines_of == sorted(set(lines_of))


def test_a_long_playlist_is_not_gone_through() -> None:
    """A version of 3 MB at both its ends takes less than a millisecond."""
    head = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:5\n"
    text = b"".join(
        b"#EXTINF:6.000,\nlong-name-%08d-abcdefghijkl.ts\n" % n for n in range(60000)
    )
    best = 1.0
    for _ in range(5):
        began = time.process_time()
        found = Window(head + text, 60_000)
        assert found.segment(6).name == b"long-name-00000001-abcdefghijkl.ts"
        assert found.segment(60_000).name == b"long-name-00059995-abcdefghijkl.ts"
        assert found.number_at(found.line_of(60_003)) == 60_003
        best = min(best, time.process_time() - began)
    assert best < 0.002


def test_playing_all_of_a_long_playlist_costs_the_same_everywhere() -> None:
    """Its last segments are found as quickly as its first ones."""
    text = b"".join(b"#EXTINF:6.000,\nname-%08d.ts\n" % n for n in range(12_000))
    found, seconds = Window(b"#EXTM3U\n" + text, 12_000), list[float]()
    for first in range(0, 12_000, 500):
        began = time.process_time()
        for number in range(first, first + 500):
            at = found.line_of(number)
            assert found.text[at : at + 13] == b"name-%08d" % number
        seconds.append(time.process_time() - began)
    later = sorted(seconds[4:])
    assert later[len(later) // 2] < 5 * min(seconds[:4]) + 0.005


def test_an_index_answers_like_a_search() -> None:
    """The last listing counts, in its own spelling without a fragment."""
    names = [b"a.ts", b"b.ts#t=1", b" c.ts", b"a.ts", b"../x/d.ts", b"b.ts.old", b"#e"]
    listed = b"".join(b"#EXTINF:6,\n%b\n \n \t#x\n" % name for name in names)
    text = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n" + listed
    window = Window(text, segments=6)
    asked = [b"a.ts", b"b.ts", b" c.ts", b"c.ts", b"../x/d.ts", b"d.ts", b"b.ts.old"]
    wanted = [10, 8, 9, None, 11, None, 12]
    for _ in range(40):
        assert [window.number_of(name) for name in asked] == wanted


def test_the_names_of_a_long_recording_are_not_searched_for_one_by_one() -> None:
    """Searching for each would cost more than anything else about it."""

    class Counting(bytes):
        searches = 0

        def rfind(self, *args: object) -> int:
            Counting.searches += 1
            return super().rfind(*args)  # type: ignore[arg-type]

    names = [b"%d.ts" % number for number in range(1000)]
    window = Window(b"#EXTM3U\n" + b"".join(b"%b\n" % name for name in names), 1000)
    window.text = Counting(window.text)
    assert [window.number_of(name) for name in names] == list(range(1000))
    assert Counting.searches < 50
