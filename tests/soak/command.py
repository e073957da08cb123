"""The command line of a soak: SECONDS SEED, the printed results, the exit code."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Protocol


class Results(Protocol):
    """The results of a run."""

    @property
    def problems(self) -> list[str]:
        """Return the promises that did not hold."""

    def lines(self) -> Sequence[str]:
        """Return the results as lines for a terminal."""


Soak = Callable[[float, int, Path], Coroutine[None, None, Results]]
"""Plays for these seconds, with this seed; its files are in the folder."""


def run(soak: Soak, arguments: Sequence[str], *, least_seconds: float) -> int:
    """Run a soak, print the results and return the exit code."""
    seconds, seed = float(arguments[0]), int(arguments[1])
    if seconds < least_seconds:
        sys.stderr.write(f"SECONDS: {seconds:g}; want {least_seconds:g} or more\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(soak(seconds, seed, Path(folder)))
    sys.stdout.write("\n".join([*seen.lines(), ""]))
    return 1 if seen.problems else 0
