"""The command line of a soak: SECONDS SEED, the printed results, the exit code."""

import argparse
import asyncio
import math
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
    """Run a soak, print the results and return the exit code.

    Raises SystemExit, like argparse, if the arguments are wrong.
    """
    parser = argparse.ArgumentParser(usage="make soak SECONDS=600 SEED=1")
    parser.add_argument("seconds", metavar="SECONDS", type=float)
    parser.add_argument("seed", metavar="SEED", type=int, help="chooses the faults")
    wanted = parser.parse_args(arguments)
    seconds, seed = wanted.seconds, wanted.seed
    if not least_seconds <= seconds < math.inf:
        parser.error(f"SECONDS: {seconds:g}; expected {least_seconds:g} or more")
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(soak(seconds, seed, Path(folder)))
    sys.stdout.write("\n".join([*seen.lines(), ""]))
    return 1 if seen.problems else 0
