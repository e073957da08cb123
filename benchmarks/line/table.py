"""The figures of a line and a player, beside the wanted ones."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from benchmarks.line.scene import Run
from benchmarks.line.showing import Showing

_COLUMNS = ("first frame", "/ direct", "", "whole", "/ direct", "", "stalls")
_WIDTHS = (12, 9, 10, 12, 9, 10, 9)

Of = Callable[[Run], Showing]
"""Returns the figures of one way of playing."""


class _Most(NamedTuple):
    """The most that the times may be, as a share of playing directly."""

    first: float | None = None
    whole: float | None = None


def _direct(run: Run) -> Showing:
    return run.direct


_WAYS: Sequence[tuple[str, Of, _Most]] = (
    ("direct", _direct, _Most()),
    ("first viewer", lambda run: run.first, _Most(0.45, 0.8)),
    ("second viewer", lambda run: run.second, _Most(0.2, 0.1)),
)


def head() -> str:
    """Return the first line."""
    columns = zip(_COLUMNS, _WIDTHS, strict=True)
    return " " * 14 + "".join(f"{title:>{width}}" for title, width in columns)


def rows(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a line for each way of playing."""
    for name, its, most in _WAYS:
        first, late = _times(runs, its, lambda showing: showing.first, most.first)
        whole, slow = _times(runs, its, lambda showing: showing.whole, most.whole)
        more = _stalls(runs, its) > _stalls(runs, _direct)
        missed = "  MISSED" if late or slow or more else ""
        yield f"{name:<14}{first}{whole}{_stalls(runs, its):>9}{missed}"


def cut_rows(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a line for each way of playing on a line that was cut."""
    for name, its, _ in _WAYS:
        stood = sum(its(run).stood for run in runs)
        wanted, missed = (
            (" (wanted 0)", bool(stood)) if its is not _direct else ("", False)
        )
        told = f"{_stalls(runs, its):>4} stalls, {stood:.1f} s{wanted}"
        yield f"{name:<14}{told}{'  MISSED' if missed else ''}"


def _stalls(runs: Sequence[Run], its: Of) -> int:
    return sum(its(run).stalls for run in runs)


def _times(
    runs: Sequence[Run],
    its: Of,
    seconds: Callable[[Showing], float],
    most: float | None,
) -> tuple[str, bool]:
    """Return a median and its ratio to playing directly; whether that is too large."""
    median = statistics.median(seconds(its(run)) for run in runs)
    ratios = (seconds(its(run)) / seconds(run.direct) for run in runs)
    ratio = statistics.median(ratios)
    wanted = "" if most is None else f"(<= {most:.2f})"
    text = f"{median:>10.2f} s{ratio:>8.2f} {wanted:<10}"
    return text, most is not None and ratio > most
