"""Which segments exist at which time."""

import pytest

from proxy.demo.timeline import SEGMENT_SECONDS, Live, Window, recording

BEGAN = 1_000_000.0


@pytest.mark.parametrize(
    ("age", "first", "count"),
    [
        (0.0, 0, 0),
        (SEGMENT_SECONDS - 0.01, 0, 0),
        (SEGMENT_SECONDS + 0.01, 0, 1),
        (6.5 * SEGMENT_SECONDS, 0, 6),
        (7.5 * SEGMENT_SECONDS, 1, 6),
        (312.5 * SEGMENT_SECONDS, 306, 6),
    ],
)
def test_a_live_window_holds_the_last_complete_segments(
    age: float, first: int, count: int
) -> None:
    """A segment is listed once it is complete, and six are kept."""
    window = Live(BEGAN).window(BEGAN + age)

    assert (first, count) == (window.first, window.count)
    assert not window.ended


@pytest.mark.parametrize(
    ("index", "there"), [(81, False), (82, True), (99, True), (100, False), (-1, False)]
)
def test_a_live_segment_stays_for_a_while(index: int, there: bool) -> None:  # noqa: FBT001 -- a table
    """It is available a little longer; future ones are not."""
    now = BEGAN + 100.5 * SEGMENT_SECONDS

    assert there == Live(BEGAN).has(index, now)


@pytest.mark.parametrize(
    ("first", "marked", "sequence"),
    [(0, [], 0), (5, [10], 0), (9, [10], 0), (10, [10], 0), (11, [], 1), (19, [20], 1)],
)
def test_discontinuities_are_counted_when_they_leave(
    first: int, marked: list[int], sequence: int
) -> None:
    """RFC 8216, section 6.2.2: the tag leaves together with its segment."""
    window = Window(first, 6, ended=False)

    assert marked == [i for i in window.indices if window.discontinuous(i)]
    assert sequence == window.discontinuity_sequence


@pytest.mark.parametrize(
    ("seconds", "count"), [(600.0, 313), (1.92, 1), (1.93, 2), (28.8, 15)]
)
def test_a_recording_is_at_least_as_long_as_asked(seconds: float, count: int) -> None:
    """Segments are whole; all of it is there from the beginning."""
    vod = recording(seconds)
    window = vod.window(0.0)

    assert (0, count, True) == (window.first, window.count, window.ended)
    assert not any(window.discontinuous(i) for i in window.indices)
    assert window.discontinuity_sequence == 0
    assert vod.has(count - 1, 0.0)
    assert not vod.has(count, 0.0)
