"""Measures the cases and prints them: `python -m benchmarks.media`."""

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks.media.cases import cases
from benchmarks.media.contenders import running
from benchmarks.media.measuring import measured
from benchmarks.media.table import head, rows
from benchmarks.rig import commands
from benchmarks.rig.load import CONNECTIONS, found

_LEGEND = """\
us/request, s/GB   CPU of a proxy's processes; {rounds} rounds of {seconds:g} s, medians
upstream           requests to the origin per request
/ nginx            its cost divided by nginx's
program /          the program's cost divided by its cost; wanted: at most so much
{connections} connections; load by {load}, in `first request` by a client in Python
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.media")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each load")
    parser.add_argument("--only", default="", help="a part of the names of cases")
    parser.add_argument("--alone", action="store_true", help="without other proxies")
    parser.add_argument("--client", action="store_true", help="use no wrk")
    given = parser.parse_args(arguments)
    if lacks := commands.lacks():
        sys.stderr.write(f"bench: {lacks}\n")
        return 2
    load_name, load = found(own=given.client)
    chosen = [case for case in cases() if given.only in case.name]
    if not chosen:
        names = "; ".join(case.name for case in cases())
        sys.stderr.write(
            f"bench: {given.only}: no such case; want a part of: {names}\n"
        )
        return 2
    began = time.monotonic()
    with running(peers=not given.alone) as field:
        print(
            _LEGEND.format(
                rounds=given.rounds,
                seconds=given.seconds,
                connections=CONNECTIONS,
                load=load_name,
            )
        )
        print(head())
        for case in chosen:
            costs = measured(
                field, case, load, rounds=given.rounds, seconds=given.seconds
            )
            print(*rows(case, costs), sep="\n", flush=True)
    print(f"measured in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
