"""Plays, changes the key in the middle, and reports.

`python -m tests.soak SECONDS SEED`
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from proxy.clock import Clock, SystemClock
from proxy.demo import origin_server
from proxy.demo.check import CheckReport, check
from proxy.demo.keys import KeyPair, generate
from proxy.demo.origin import DemoOrigin, OriginSettings
from proxy.demo.record import Record
from tests.soak.command import run
from tests.soak.process import Sample, free_port, running, watched
from tests.soak.profile import PLAYED, Addresses, profile
from tests.soak.schedule import Dice, Outage, down_at, outages
from tests.soak.service import Service, serving, write_key
from tests.soak.verdict import broken_promises, counts, trends

CHILD_SECONDS = 20.0

_OVERLAP_SECONDS = 8.0
"""From the new key to the withdrawal of the old one. The proxy uses a new key file
within 6 s, and a token signed before lives for 5 s. The rest is for a busy machine."""

LEAST_SECONDS = 20.0
"""Long enough to change the key in the middle, and withdraw the old one before the
end."""


@dataclass(frozen=True, slots=True)
class Soak:
    """All results of a run."""

    seconds: float
    seed: int
    _: KW_ONLY
    schedule: tuple[Outage, ...]
    dice: Dice
    service: Service
    report: CheckReport
    record: Record
    refreshes: dict[str, int]
    samples: tuple[Sample, ...]

    @property
    def problems(self) -> list[str]:
        """Return the promises that did not hold."""
        return list(
            broken_promises(
                self.report.streams, self.record, self.refreshes, self.samples
            )
        )

    def lines(self) -> Sequence[str]:
        """Return the results as lines for a terminal."""
        down = sum(each.ends - each.begins for each in self.schedule)
        lives = [s.least_token_life for s in self.record.streams.values()]
        least = min((life for life in lives if life is not None), default=0.0)
        segments = sum(stream.segments for stream in self.report.streams)
        asked = sum(stream.requests for stream in self.report.streams)
        told = (
            (f"{self.seconds:.0f} s, seed {self.seed}, players", str(len(PLAYED))),
            ("requests of players, segments", f"{asked}, {segments}"),
            ("outages, share of the time", _share(self.schedule, down, self.seconds)),
            ("asked of the token service", counts(self.service.asked)),
            ("attempts to get a token", counts(self.refreshes)),
            ("least life of a token at the origin", f"{least:.2f} s"),
            ("requests at the origin", str(self.record.requests)),
            ("made to fail", counts(self.dice.faults)),
            ("refused", counts(self.record.refusals)),
        )
        return [
            *(f"{what}: {seen}" for what, seen in told),
            *(each.line() for each in trends(self.samples)),
            *(f"BROKEN: {problem}" for problem in self.problems),
            "failed" if self.problems else "passed",
        ]


def _share(schedule: Sequence[Outage], down: float, seconds: float) -> str:
    return f"{len(schedule)}, {down / seconds:.0%}"


async def soak(seconds: float, seed: int, folder: Path) -> Soak:
    """Play for `seconds`; configuration, key and log are in `folder`."""
    clock, rng = SystemClock(), random.Random(seed)  # noqa: S311 - a schedule
    schedule, dice = outages(seconds, rng), Dice(random.Random(rng.random()))  # noqa: S311
    first, second = generate(), generate()
    began = clock.mono()
    service = Service(
        first, lambda: down_at(schedule, clock.mono() - began), clock=clock
    )
    settings = OriginSettings(
        first.public_pem,
        child_seconds=CHILD_SECONDS,
        vod_seconds=seconds + 60.0,
    )
    key, config = folder / "signing.pem", folder / "soak.toml"
    write_key(key, first)
    async with (
        serving(service),
        origin_server.running(settings, clock=clock, rng=rng, faults=dice) as origin,
    ):
        addresses = Addresses(
            free_port(),
            origin.front_url,
            edge=origin.edge_url,
            service=service.url,
            key=key,
        )
        config.write_text(profile(addresses))
        async with running(config, folder / "proxy.log") as proxy:
            began = clock.mono()
            watching = asyncio.create_task(watched(proxy, seconds, clock), name="watch")
            turning = asyncio.create_task(
                _turned(_Turn(first, second, key, seconds / 2), service, origin, clock),
                name="new key",
            )
            report = await check(proxy.base_url, PLAYED, seconds, clock=clock)
            await turning
            samples = await watching
            refreshes = await proxy.refreshes()
    return Soak(
        seconds,
        seed,
        schedule=schedule,
        dice=dice,
        service=service,
        report=report,
        record=origin.record(),
        refreshes=refreshes,
        samples=samples,
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """A change of keys."""

    old: KeyPair
    new: KeyPair
    file: Path
    """The key file that the proxy signs with."""
    after: float
    """When to change, in seconds from the beginning."""


async def _turned(
    turn: _Turn, service: Service, origin: DemoOrigin, clock: Clock
) -> None:
    """Change the key as in practice: publish it, use it, then withdraw the old one."""
    await clock.sleep(turn.after)
    origin.accept(turn.old.public_pem, turn.new.public_pem)
    service.pair = turn.new
    following = turn.file.with_suffix(".new")
    write_key(following, turn.new)
    following.replace(turn.file)
    await clock.sleep(_OVERLAP_SECONDS)
    origin.accept(turn.new.public_pem)


def main(arguments: Sequence[str]) -> int:
    """Run the soak test, print the results and return the exit code."""
    return run(soak, arguments, least_seconds=LEAST_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
