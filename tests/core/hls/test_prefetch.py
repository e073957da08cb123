"""Which segments are fetched before a player asks for them."""

from collections.abc import Sequence

import pytest

from proxy.core.hls.prefetch import (
    Position,
    Positions,
    PrefetchLimits,
    Step,
    most_ahead,
    next_step,
)

KEPT, GAP, NEW = Step(at_hand=True, size=10), Step(gap=True), Step()
COMING = Step(at_hand=True)
TARGET = 4.0


def rows(*numbers: int) -> list[int]:
    """Return how many in a row there were after each request."""
    pace = Positions()
    return [pace.asked(number, 0.0)[0].row for number in numbers]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((0, 1, 2, 3), [1, 2, 3, 4]),
        ((0, 1, 7, 8), [1, 2, 1, 2]),
        ((5, 4, 3), [1, 1, 1]),
        ((0, 0, 1, 1), [1, 1, 2, 2]),
        ((0, 2, 4), [1, 1, 1]),  # those between are played in another rendition
        ((0, 9, 1, 10), [1, 1, 2, 2]),  # two players
    ],
)
def test_who_asks_for_one_after_the_other_keeps_pace(
    numbers: Sequence[int], expected: Sequence[int]
) -> None:
    """A jump begins anew; the same one again, by anybody, changes nothing."""
    assert rows(*numbers) == expected


def test_players_in_step_are_one_position() -> None:
    """Only the first of them changes it."""
    pace = Positions()
    first, changed = pace.asked(3, 0.0)
    assert changed
    assert pace.asked(3, 1.0) == (first, False)
    assert first.at == 1.0
    assert list(pace) == [first]


def test_a_position_that_was_let_go_is_taken_up_by_its_next_request() -> None:
    """Also one for the same segment."""
    pace = Positions()
    position, _ = pace.asked(3, 0.0)
    position.is_led, position.target_seconds = False, TARGET
    assert not position.is_current(0.0)
    assert pace.asked(3, 1.0) == (position, True)
    assert position.is_current(1.0)


def test_the_positions_have_an_end() -> None:
    """The one that was used longest ago goes, and is let go."""
    pace = Positions()
    first, _ = pace.asked(0, 0.0)
    for number in range(10, 100, 10):
        pace.asked(number, 0.0)
    assert len(list(pace)) == 8
    assert not first.is_led
    assert pace.asked(1, 0.0)[0] is not first


@pytest.mark.parametrize(("now", "current"), [(0.0, True), (8.0, True), (8.1, False)])
def test_a_player_that_asks_for_nothing_has_stopped(
    now: float, *, current: bool
) -> None:
    """After two segments."""
    assert Position(0, 0.0, target_seconds=TARGET).is_current(now) is current


@pytest.mark.parametrize(
    ("row", "most", "alternatives", "expected"),
    [
        (1, 2, False, 1),  # a probe
        (2, 2, False, 2),
        (9, 2, False, 2),
        (9, 5, False, 5),
        (9, 0, False, 0),
        (1, 2, True, 0),  # a probe of each rendition
        (2, 2, True, 1),
        (9, 5, True, 1),
        (9, 0, True, 0),
    ],
)
def test_more_is_fetched_the_longer_a_player_keeps_pace(
    row: int, most: int, *, alternatives: bool, expected: int
) -> None:
    """But one only if it may go on in another rendition."""
    assert most_ahead(row, most, alternatives=alternatives) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], None),
        ([NEW, NEW], 0),
        ([KEPT, NEW], 1),
        ([COMING, NEW], 1),
        ([KEPT, KEPT], None),
        ([GAP, NEW], None),
        ([KEPT, GAP, NEW], None),
        ([KEPT, KEPT, NEW], 2),  # 20 and one of about 10
        ([KEPT, KEPT, KEPT, NEW], None),
        ([COMING, COMING, COMING, NEW], None),
        ([Step(at_hand=True, size=21), NEW], None),
        ([Step(at_hand=True, size=31), NEW], None),
    ],
)
def test_the_next_one_is_fetched_that_is_not_there(
    steps: Sequence[Step], expected: int | None
) -> None:
    """In order, never after a gap, and within the bytes that are allowed."""
    assert next_step(steps, most_bytes=30, usual_bytes=10) == expected


@pytest.mark.parametrize(
    ("limits", "target_seconds", "expected"),
    [
        (PrefetchLimits(2, 9, 12.0), 2.0, 6),
        (PrefetchLimits(2, 9, 12.0), 5.0, 3),
        (PrefetchLimits(2, 9, 12.0), 10.0, 2),
        (PrefetchLimits(2, 9, 12.0), 0.5, 12),
        (PrefetchLimits(2, 9, 12.0), 0.0, 2),  # not known yet
        (PrefetchLimits(2, 9), 1.0, 2),
        (PrefetchLimits(), 1.0, 0),
    ],
)
def test_more_short_segments_are_fetched_than_long_ones(
    limits: PrefetchLimits, target_seconds: float, expected: int
) -> None:
    """A cut of the line lasts as long, whatever the segments."""
    assert limits.most(target_seconds) == expected
