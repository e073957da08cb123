"""What players on a slow line showed: statistics of frames, and their table."""

import os

import pytest

from benchmarks.line.__main__ import main
from benchmarks.line.scene import Run
from benchmarks.line.showing import Frame, Showing, showing
from benchmarks.line.table import cut_rows, rows


def frames(*came: float) -> list[Frame]:
    """Return frames that are due once a second, from an hour on."""
    return [Frame(3600.0 + number, at) for number, at in enumerate(came)]


@pytest.mark.parametrize(
    ("came", "stalls", "stood"),
    [
        ((0.5, 0.6, 0.7, 3.5), 0, 0.0),
        ((0.5, 1.55, 2.5, 3.5), 0, 0.0),
        ((0.5, 1.75, 2.6, 3.6), 1, 0.25),
        # A player that has waited is behind by as much, and is not late again.
        ((0.5, 2.5, 3.5, 4.5), 1, 1.0),
        ((0.5, 2.5, 3.4, 5.0), 2, 1.5),
    ],
)
def test_a_player_stalls_when_a_frame_is_late(
    came: tuple[float, ...], stalls: int, stood: float
) -> None:
    """It starts at the first frame, and continues when the late one arrives."""
    assert showing(frames(*came), 9.0) == Showing(came[0], 9.0, stalls, stood)


def test_ratios_beyond_the_target_are_marked() -> None:
    """Both times and the stalls, of the first viewer and of the second."""
    direct = Showing(1.0, 10.0, 1, 1.0)
    direct_row, first, second = rows(
        [
            Run(direct, Showing(0.45, 8.0, 1, 1.0), Showing(0.1, 1.1, 0, 0.0)),
            Run(direct, Showing(0.45, 8.0, 1, 1.0), Showing(0.1, 1.1, 0, 0.0)),
        ]
    )
    assert direct_row.split() == [
        "direct",
        "1.00",
        "s",
        "1.00",
        "10.00",
        "s",
        "1.00",
        "2",
    ]
    assert "0.45 (<= 0.45)" in first
    assert "MISSED" not in first
    assert "0.11 (<= 0.10)" in second
    assert second.endswith("MISSED")
    *_, more = rows([Run(direct, direct, Showing(0.1, 0.5, 2, 2.0))])
    assert more.endswith("MISSED")


def test_a_cut_is_judged_by_its_stalls() -> None:
    """No stall is expected with the program; their length is shown."""
    stalled, smooth = Showing(1.0, 44.0, 1, 12.0), Showing(1.0, 32.0, 0, 0.0)
    direct, first, second = cut_rows([Run(stalled, stalled, smooth)])
    assert direct.split() == ["direct", "1", "stalls,", "12.0", "s"]
    assert first.endswith("1 stalls, 12.0 s (wanted 0)  MISSED")
    assert second.endswith("0 stalls, 0.0 s (wanted 0)")


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may make lines")
def test_without_permission_for_lines_an_error_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one line; nothing is played."""
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("lines: ")
