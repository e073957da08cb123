"""Plays over each line with each player: `python -m benchmarks.line`."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.line import ffmpeg, hls_js, media
from benchmarks.line.scene import Kind, Play, Scene
from benchmarks.line.table import cut_rows, head, rows
from proxy.clock import Clock, SystemClock
from proxy.errors import StartError
from tests.lines.namespace import require

_KINDS = (Kind("no loss"), Kind("1 % loss", loss=0.01))
_CUT = Kind("cut for 10 s", entry=media.LONG_ENTRY, cut_seconds=10.0)
# Each takes two minutes.
_CUT_RUNS = 3
_LEGEND = f"""\
A line of 12 Mbit/s and 60 ms there and back, TLS; {media.SECONDS} s of media, 3 Mbit/s.
Medians of {{runs}} runs; `/ direct` is the median of the ratios of the runs; stalls are
those of all runs.
"""


def _players(clock: Clock) -> Iterator[tuple[str, Play]]:
    yield "FFmpeg", partial(ffmpeg.play, clock=clock)
    if lacks := hls_js.lacks():
        print(f"hls.js is left out: {lacks}")
    else:
        yield "hls.js", hls_js.play


async def _measure(runs: int, only: str, folder: Path) -> None:
    clock = SystemClock()
    scene = Scene(media.files(), folder, clock)
    players = list(_players(clock))
    print(head())
    for kind in _KINDS:
        for name, play in players:
            title = f"{kind.name}, {name}"
            if only not in title:
                continue
            results = [await scene.run(kind, play, number) for number in range(runs)]
            print(title, *rows(results), sep="\n", flush=True)
    if only in (title := f"{_CUT.name}, FFmpeg, as fast as it plays"):
        paced = partial(
            ffmpeg.play, clock=clock, seconds=media.LONG_SECONDS, paced=True
        )
        each = range(min(runs, _CUT_RUNS))
        results = [await scene.run(_CUT, paced, number) for number in each]
        print(title, *cut_rows(results), sep="\n", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.line")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--only", default="", help="a part of `no loss, FFmpeg`")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        require()
        print(_LEGEND.format(runs=given.runs))
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measure(given.runs, given.only, Path(folder)))
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(f"measured in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
