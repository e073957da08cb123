"""Speed of rewriting playlists, compared with the m3u8 library in the same run.

    rewrite   only the pass over the lines, with the same name for every reference
    cold      all steps for a new playlist: checks, names, catalog
    warm      the same for a reload with one new segment
    m3u8      the library's load and dump
    a load, a reload   the time of one, cold and warm
    lag       the worst event loop lag while it was loaded, cold and warm

Speeds are in MB of the upstream's body per second of CPU, the best of several runs. The
lag is the worst, in CPU time of the process. The interpreter is set up as in the
program: a thread that rewrites a long playlist yields to the event loop soon.
"""

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import m3u8

from benchmarks.playlists.inputs import BASE, Input, inputs
from benchmarks.playlists.lag import TICK_SECONDS, watched
from benchmarks.playlists.proxied import Proxied
from proxy.app.interpreter import set_up_interpreter
from proxy.core.hls.playlist import Document, rewrite

_MEGABYTE = 1e6
_SPEEDS = ("MB", "rewrite", "cold", "warm", "m3u8")
_RATIOS = ("cold/m3u8", "warm/m3u8", "lag cold", "lag warm", "a load", "a reload")
# The library needs a second for a large playlist.
_LIBRARY_RUNS = 2


@dataclass(frozen=True, slots=True)
class Result:
    """The results for one input, in bytes per second and in seconds."""

    name: str
    size: int
    rewrite: float
    cold: float
    warm: float
    library: float
    cold_lag: float
    warm_lag: float

    def row(self) -> str:
        """Return a table row: MB, MB/s, ratios, milliseconds."""
        speeds = (self.rewrite, self.cold, self.warm, self.library)
        figures = (
            f"{self.size / _MEGABYTE:.3f}",
            *(f"{speed / _MEGABYTE:.1f}" for speed in speeds),
            f"{self.cold / self.library:.0f}x",
            f"{self.warm / self.library:.0f}x",
            f"{self.cold_lag * 1e3:.1f} ms",
            f"{self.warm_lag * 1e3:.1f} ms",
            f"{self.size / self.cold * 1e6:.0f} us",
            f"{self.size / self.warm * 1e6:.0f} us",
        )
        return _line(self.name, figures)


def _line(name: str, figures: Sequence[str]) -> str:
    return f"{name:<27}" + "".join(f"{figure:>10}" for figure in figures)


def measure(one: Input, *, runs: int) -> Result:
    """Measure one input; return the best of so many runs."""
    versions = [one.version(number) for number in range(runs + 1)]
    body = versions[0]
    text = body.decode()
    cold, cold_lag = asyncio.run(_cold(body, runs))
    warm, warm_lag = asyncio.run(_warm(versions))
    bare = min(_timed(lambda: _rewrite(body)) for _ in range(runs))
    library = min(
        _timed(lambda: m3u8.loads(text).dumps())
        for _ in range(min(runs, _LIBRARY_RUNS))
    )
    size = len(body)
    speeds = (size / bare, size / cold, size / warm, size / library)
    return Result(one.name, size, *speeds, cold_lag, warm_lag)


def _rewrite(body: bytes) -> None:
    rewrite(body, Document(BASE), lambda _: "x")


def _timed(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


async def _cold(body: bytes, runs: int) -> tuple[float, float]:
    """Return the best time of a first load, and the worst lag of the event loop."""
    times = []
    async with watched() as lag:
        times = [await _loaded(Proxied(), body) for _ in range(runs)]
    return min(times), lag.worst


async def _warm(versions: Sequence[bytes]) -> tuple[float, float]:
    """Return the best time of a reload, and the worst lag of the event loop."""
    one = Proxied()
    await _loaded(one, versions[0])
    async with watched() as lag:
        times = [await _loaded(one, version) for version in versions[1:]]
    return min(times), lag.worst


async def _loaded(one: Proxied, body: bytes) -> float:
    await asyncio.sleep(2 * TICK_SECONDS)  # the lag is measured before and after it
    begin = time.process_time()
    await one.load(body)
    return time.process_time() - begin


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of the large ones")
    parser.add_argument("--runs", type=int, default=7, help="of which the best counts")
    given = parser.parse_args(arguments)
    write = sys.stdout.write
    write(_line("", _SPEEDS + _RATIOS) + "\n")
    for one in inputs(given.scale):
        gc.collect()
        write(measure(one, runs=given.runs).row() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    set_up_interpreter()
    main()
