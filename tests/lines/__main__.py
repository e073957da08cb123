"""Plays the cases in parallel and prints the figures: `python -m tests.lines`."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from proxy.clock import SystemClock
from proxy.errors import StartError
from tests.lines.cases import CASES, MOST_WAIT, Case
from tests.lines.namespace import require
from tests.lines.scene import Figures, played

# A proxy takes a second of CPU to start. The delay keeps it from disturbing other
# cases.
_APART_SECONDS = 1.5
_ENDED_BY_US = 130

_TITLES = ("line", "longest wait", "for", "new after", "answers", "in place of one", "")


def table(figures: Sequence[Figures]) -> list[str]:
    """Return the figures as lines of a table."""
    rows = [_TITLES, *map(_row, figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    ]


def _row(figures: Figures) -> tuple[str, ...]:
    case, noticed, back = figures.case, figures.noticed, figures.back
    after = "never" if back is None else f"{back:.1f} s"
    told = (f"{count} x {kind}" for kind, count in noticed.failures.items())
    return (
        case.name,
        f"{noticed.waited:.1f} s ({MOST_WAIT:.0f})",
        noticed.waited_for,
        "-" if case.most_back is None else f"{after} ({case.most_back:.0f})",
        str(noticed.answers),
        ", ".join(told) or "-",
        "" if figures.holds else "MISSED",
    )


async def lines(cases: Sequence[Case], folder: Path) -> Sequence[Figures]:
    """Play the cases, each in its own folder."""
    clock = SystemClock()

    async def later(number: int, case: Case) -> Figures:
        await clock.sleep(number * _APART_SECONDS)
        below = folder / case.name
        below.mkdir()
        return await played(case, below, clock=clock)

    try:
        async with asyncio.TaskGroup() as tasks:
            playing = [
                tasks.create_task(later(number, case), name=case.name)
                for number, case in enumerate(cases)
            ]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in playing]


def chosen(names: Sequence[str]) -> Sequence[Case]:
    """Return the cases of these names; without names, return all.

    Raises StartError if there is no such case.
    """
    known = {case.name: case for case in CASES}
    for name in names:
        if name not in known:
            raise StartError(f"lines: {name}: no such case; want {', '.join(known)}")
    return [known[name] for name in names] or CASES


async def _until_told(cases: Sequence[Case], folder: Path) -> Sequence[Figures]:
    # Handle SIGTERM like SIGINT, so that child processes are ended.
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await lines(cases, folder)


def main(arguments: Sequence[str]) -> int:
    """Play and print; return the exit code: 1 if a player noticed too much."""
    try:
        require()
        cases = chosen(arguments)
        with tempfile.TemporaryDirectory() as folder:
            figures = asyncio.run(_until_told(cases, Path(folder)))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _ENDED_BY_US
    sys.stdout.write("\n".join([*table(figures), ""]))
    return 0 if all(each.holds for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
