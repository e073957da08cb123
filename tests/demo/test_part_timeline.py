"""Which parts there are, and when."""

import pytest

from proxy.demo.part_timeline import PartTimeline, Spot, spot

BEGAN = 1_000_000.0


@pytest.mark.parametrize(
    ("elapsed", "edge"),
    [
        (-5, Spot(0, 0)),
        (0, Spot(0, 0)),
        (0.47, Spot(0, 0)),
        (0.481, Spot(0, 1)),
        (1.921, Spot(1, 0)),
        (600, Spot(312, 2)),
    ],
)
def test_the_edge_moves_by_parts(elapsed: float, edge: Spot) -> None:
    """The next part is the one in production."""
    assert edge == PartTimeline(BEGAN).next(BEGAN + elapsed)


@pytest.mark.parametrize("number", [0, 1, 3, 4, 1249, 999_999_999])
def test_a_part_is_complete_at_the_announced_time(number: int) -> None:
    """Exactly then, and not just before."""
    timeline, part = PartTimeline(BEGAN), spot(number)
    complete_at = timeline.complete_at(part)
    assert complete_at is not None

    assert part.number == number
    assert timeline.has(part, complete_at)
    assert not timeline.has(part, complete_at - 0.01)
    assert timeline.next(complete_at) == spot(number + 1)


def test_old_parts_are_removed() -> None:
    """They stay twice as long as a playlist lists them."""
    timeline, now = PartTimeline(BEGAN), BEGAN + 600

    window = timeline.window(now)

    assert (window.first, window.count) == (296, 16)
    assert timeline.has(Spot(280, 0), now)
    assert not timeline.has(Spot(279, 3), now)


def test_an_encoder_may_stop() -> None:
    """Later parts are never complete."""
    timeline = PartTimeline(BEGAN, stops_at=BEGAN + 10)

    assert timeline.next(BEGAN + 500) == timeline.next(BEGAN + 10) == Spot(5, 0)
    assert timeline.complete_at(Spot(4, 3))
    assert timeline.complete_at(Spot(5, 0)) is None
