"""CPU time per relayed resource that is not stored, compared with other relays.

    program     the program; each request gets its token, is checked, counted and logged
    bare        an aiohttp handler that only relays
    HLS-Proxy   warren-bank's, from npm, if installed

All get the same load over persistent connections, in alternating rounds. Only the user
and system time of the server's process is counted. If the system can pin processes, the
server has its own core, and load and upstream use other cores. The program's log is
formatted and then discarded.
"""

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import relayed
from benchmarks.load import CONNECTIONS, Load, found
from benchmarks.relayed import SIZES, TOKEN
from benchmarks.servers import program
from benchmarks.sides import Side, cores, pinned, started

WANTED = 1.3
"""A small resource may cost at most this multiple of the bare handler."""

_STREAMS = ("plain", "tls")


@dataclass(slots=True)
class Case:
    """One kind of resource, and its cost on each side."""

    stream: str
    stem: str
    costs: dict[str, list[float]] = field(default_factory=dict)
    """Seconds of CPU per request by side and round."""

    @property
    def name(self) -> str:
        """Return its name in the table."""
        return f"{SIZES[self.stem] // 1000:,} KB, {self.stream}"

    def ratio(self, side: str, to: str) -> float:
        """Return the median of a side's cost divided by another side's."""
        pairs = zip(self.costs[side], self.costs[to], strict=True)
        return statistics.median(its / others for its, others in pairs)


@dataclass(frozen=True, slots=True)
class _Bench:
    """Everything that runs: two upstreams, and the sides."""

    origins: Sequence[str]
    sides: Sequence[Side]

    def paths(self, side: Side, case: Case) -> Sequence[str]:
        """Return the paths of the resources at a side."""
        which, names = _STREAMS.index(case.stream), relayed.names(case.stem)
        if side.name == "bare":
            return [f"/{which}/{name}" for name in names]
        if side.name == "program":
            return [f"/{case.stream}/main/{name}" for name in names]
        origin = self.origins[which]
        return [
            f"/{relayed.peer_path(f'{origin}/{name}?token={TOKEN}')}" for name in names
        ]


def _settings(origins: Sequence[str]) -> str:
    return "".join(
        f'[streams.{name}]\nurl = "{origin}/v.m3u8"\nreach = "all"\n'
        f'token = {{ source = "static", value = "{TOKEN}" }}\n'
        'placement = [{ query = "token" }]\n'
        for name, origin in zip(_STREAMS, origins, strict=True)
    )


@contextlib.contextmanager
def _bench() -> Iterator[_Bench]:
    its, others = cores()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificate = folder / "certificate.pem"
        relayed.certify(certificate)
        # OpenSSL and Node use different variable names.
        for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
            os.environ[name] = str(certificate)
        with pinned(others):
            plain = stack.enter_context(started("plain", relayed.upstream, None))
            tls = stack.enter_context(
                started("tls", relayed.upstream, str(certificate))
            )
        origins = (f"http://127.0.0.1:{plain.port}", f"https://127.0.0.1:{tls.port}")
        with pinned(its):
            sides = [
                stack.enter_context(started("program", program, _settings(origins))),
                stack.enter_context(started("bare", relayed.bare, origins)),
            ]
        if lacks := relayed.peer_lacks():
            print(f"HLS-Proxy is left out: {lacks}")
        else:
            sides.append(stack.enter_context(relayed.peer(its)))
        stack.enter_context(pinned(others))
        yield _Bench(origins, sides)


def _check(bench: _Bench, case: Case) -> None:
    """Fetch it once from each side: all must return the same bytes."""
    for side in bench.sides:
        url = f"http://127.0.0.1:{side.port}{bench.paths(side, case)[0]}"
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == relayed.body(SIZES[case.stem]), side.name


def _measure(bench: _Bench, case: Case, load: Load, seconds: float) -> None:
    for side in bench.sides:
        before = side.used()
        count = asyncio.run(load(side.port, bench.paths(side, case), seconds))
        assert count, f"{side.name} answered nothing"
        cost = (side.used() - before) / count
        case.costs.setdefault(side.name, []).append(cost)


def _report(case: Case, names: Sequence[str]) -> None:
    costs = (statistics.median(case.costs[name]) * 1e6 for name in names)
    figures = "".join(f"{cost:>13.0f}" for cost in costs)
    ratios = "".join(f"{case.ratio('program', name):>13.2f}" for name in names[1:])
    print(f"{case.name:<15}{figures}{ratios}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each load")
    parser.add_argument("--only", default="", help="a part of the names of cases")
    parser.add_argument("--client", action="store_true", help="use no wrk")
    chosen = parser.parse_args(arguments)
    load_name, load = found(own=chosen.client)
    cases = [Case(stream, stem) for stem in SIZES for stream in _STREAMS]
    with _bench() as bench:
        names = [side.name for side in bench.sides]
        print(f"CPU a request in us; {CONNECTIONS} connections, load by {load_name}")
        ratios = [f"/ {name}" for name in names[1:]]
        print(" " * 15 + "".join(f"{name:>13}" for name in (*names, *ratios)))
        for case in cases:
            if chosen.only not in case.name:
                continue
            _check(bench, case)
            for _ in range(chosen.rounds):
                _measure(bench, case, load, chosen.seconds)
            _report(case, names)
    print(f"wanted: program / bare <= {WANTED} at {SIZES['small'] // 1000} KB")


if __name__ == "__main__":
    main()
