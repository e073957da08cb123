"""Lets crowds of each size play: `python -m benchmarks.players 200 1000`."""

import argparse
import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence

from benchmarks.players.crowd import Crowd, delays, lag
from benchmarks.players.figures import Cpu, Figures, requests_per_segment
from benchmarks.players.origin import (
    ENTRY,
    SEGMENT_BYTES,
    SEGMENT_SECONDS,
    newest,
    origin,
)
from benchmarks.players.table import rows
from benchmarks.rig import commands
from benchmarks.rig.side import Side, cores, pinned
from benchmarks.rig.spawned import started

_JOINING_SECONDS = 2.0 * SEGMENT_SECONDS
_SPARE = 100
# Segments that are still being asked for when the measuring ends.
_UNFINISHED = 3
_SETTINGS = """
[limits]
connections = {most}
connections_per_address = {most}

[streams.live]
url = "http://127.0.0.1:{port}/{entry}"
"""
_LEGEND = f"""\
A live stream of {SEGMENT_BYTES * 8 / SEGMENT_SECONDS / 1e6:g} Mbit/s, segments of \
{SEGMENT_SECONDS} s; players join for {_JOINING_SECONDS:g} s, then {{seconds:g}} s \
are measured.
The program has one core; players and origin, both in Python, have the others.
"""


async def _measured(
    players: int, origin: Side, program: Side, seconds: float
) -> Figures:
    crowd = Crowd(program.port, "/live/", entry="index.m3u8")
    async with crowd.joined(players, _JOINING_SECONDS), delays() as late:
        first, began = newest(time.time()) + 1, time.monotonic()
        before = _used(program, origin)
        await asyncio.sleep(seconds)
        cpu = _used(program, origin).since(before, time.monotonic() - began)
        last = newest(time.time()) - _UNFINISHED
    return Figures(
        players,
        crowd.noticed,
        cpu=cpu,
        asked=requests_per_segment(_asked(origin), first, last),
        memory=commands.peak(program.pid),
        files=commands.in_memory_files(program.pid),
        lag=lag(late),
    )


def _used(program: Side, origin: Side) -> Cpu:
    return Cpu(program.used(), origin.used(), time.process_time())


def _asked(origin: Side) -> Mapping[str, int]:
    url = f"http://127.0.0.1:{origin.port}/asked"
    with urllib.request.urlopen(url) as answer:
        return dict(json.load(answer))


def _play(players: int, seconds: float) -> Figures:
    its, others = cores()
    with pinned(others), started("origin", origin) as upstream:
        settings = _SETTINGS.format(
            most=players + _SPARE, port=upstream.port, entry=ENTRY
        )
        with commands.program(settings, its) as program:
            return asyncio.run(_measured(players, upstream, program, seconds))


def main(arguments: Sequence[str] | None = None) -> int:
    """Play and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.players")
    parser.add_argument("players", type=int, nargs="*", help="default: 200 and 1000")
    parser.add_argument("--seconds", type=float, default=32.0, help="to measure")
    given = parser.parse_args(arguments)
    if lacks := commands.lacks():
        sys.stderr.write(f"bench-players: {lacks}\n")
        return 2
    # Without a store each player may need a connection upstream too.
    commands.allow_files()
    print(_LEGEND.format(seconds=given.seconds))
    for players in given.players or (200, 1000):
        print(*rows(_play(players, given.seconds)), sep="\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
