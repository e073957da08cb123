"""Plays while its configuration changes: `python -m tests.soak.reloads SECONDS SEED`.

Nothing else fails meanwhile, so whatever a viewer notices was caused by a change.
"""

import asyncio
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path

import aiohttp

from proxy.clock import Clock, SystemClock
from proxy.demo import origin_server
from proxy.demo.check import CheckReport, check
from proxy.demo.keys import generate
from proxy.demo.origin import OriginSettings
from proxy.demo.record import Record
from proxy.system.processes import reload_signal
from tests.soak.changes import OUTCOMES, SECONDS_BETWEEN, Change, State, changes
from tests.soak.command import run
from tests.soak.process import Proxy, Sample, free_port, running, watched
from tests.soak.profile import PLAYED, Addresses
from tests.soak.service import Service, serving, write_key
from tests.soak.verdict import counts, noticed_promises, trends

PLAYERS = 20
CHILD_SECONDS = 20.0

LEAST_SECONDS = 24.0
"""Long enough for each kind of change once, and for its effect."""

_REACTION_SECONDS = 2.5
"""From a change to its effect: the watcher waits until files stop changing."""

_LEAD_SECONDS = 2.0
"""By then all players are playing."""


@dataclass(slots=True)
class Changing:
    """Changes the configuration of a running proxy, and checks the outcome."""

    proxy: Proxy
    addresses: Addresses
    _: KW_ONLY
    config: Path
    clock: Clock
    state: State = State()  # noqa: RUF009 - frozen
    made: Counter[Change] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _mend: bool = False

    async def make(self, schedule: Sequence[Change], seconds: float) -> None:
        """Make all changes, spread evenly over `seconds`."""
        began = self.clock.mono()
        for number, change in enumerate(schedule):
            due = began + seconds * number / len(schedule)
            await self.clock.sleep(max(0.0, due - self.clock.mono()))
            before = await self._reloads()
            self._make(change)
            self.made[change] += 1
            await self._check(change, before)

    def _make(self, change: Change) -> None:
        self.state = self.state.after(change)
        if change is Change.KEY:
            _lead(self.addresses.key.parent, self.state.key)
        elif change is Change.NOTHING and not self._mend:
            os.kill(self.proxy.pid, _signal())
            return
        if change is not Change.KEY or self._mend:
            following = self.config.with_suffix(".new")
            following.write_text(self.state.text(self.addresses, change))
            following.replace(self.config)
        self._mend = change is Change.BROKEN

    async def _check(self, change: Change, before: int) -> None:
        """Check that the change was read and had the expected outcome."""
        end, wanted = self.clock.mono() + _REACTION_SECONDS, OUTCOMES[change]
        while self.clock.mono() < end:
            found = await self._last()
            if found == wanted and await self._reloads() > before:
                return
            await self.clock.sleep(0.1)
        self.problems.append(f"{change}: {await self._last()}; want {wanted}")

    async def _reloads(self) -> int:
        return sum((await self.proxy.reloads()).values())

    async def _last(self) -> str | None:
        url = f"{self.proxy.base_url}/status.json"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            last = json.loads(await answer.read())["configuration"]["last_reload"]
        return None if last is None else str(last)


@dataclass(frozen=True, slots=True)
class Soak:
    """All results of a run."""

    seconds: float
    seed: int
    _: KW_ONLY
    made: Counter[Change]
    outcomes: dict[str, int]
    report: CheckReport
    record: Record
    samples: tuple[Sample, ...]
    failed: tuple[str, ...]
    """Changes with an unexpected outcome."""

    @property
    def problems(self) -> list[str]:
        """Return the promises that did not hold."""
        noticed = noticed_promises(self.report.streams, self.record, self.samples)
        return [*self.failed, *noticed]

    def lines(self) -> Sequence[str]:
        """Return the results as lines for a terminal."""
        lives = [s.least_token_life for s in self.record.streams.values()]
        least = min((life for life in lives if life is not None), default=0.0)
        segments = sum(stream.segments for stream in self.report.streams)
        asked = sum(stream.requests for stream in self.report.streams)
        return [
            f"{self.seconds:.0f} s, seed {self.seed}, players: {PLAYERS}",
            f"requests of players, segments: {asked}, {segments}",
            f"changes: {counts(self.made)}",
            f"reloads: {counts(self.outcomes)}",
            f"least life of a token at the origin: {least:.2f} s",
            f"requests at the origin: {self.record.requests}",
            f"refused: {counts(self.record.refusals)}",
            *(each.line() for each in trends(self.samples)),
            *(f"BROKEN: {problem}" for problem in self.problems),
            "failed" if self.problems else "passed",
        ]


async def soak(seconds: float, seed: int, folder: Path) -> Soak:
    """Play for `seconds`; configuration, keys and log are in `folder`."""
    clock, rng = SystemClock(), random.Random(seed)  # noqa: S311 - a schedule
    pairs = [generate(), generate()]
    for number, pair in enumerate(pairs):
        (folder / str(number)).mkdir()
        write_key(folder / str(number) / "signing.pem", pair)
    _lead(folder / "current", 0)
    service = Service(pairs[0], lambda: None, clock=clock)
    settings = OriginSettings(
        pairs[0].public_pem, child_seconds=CHILD_SECONDS, vod_seconds=seconds + 60.0
    )
    config, played = folder / "soak.toml", [*PLAYED * PLAYERS][:PLAYERS]
    async with (
        serving(service),
        origin_server.running(settings, clock=clock, rng=rng) as origin,
    ):
        origin.accept(*(pair.public_pem for pair in pairs))
        key = folder / "current" / "signing.pem"
        addresses = Addresses(
            free_port(),
            origin.front_url,
            edge=origin.edge_url,
            service=service.url,
            key=key,
        )
        config.write_text(State().text(addresses, Change.NOTHING))
        async with running(config, folder / "proxy.log") as proxy:
            changing = Changing(proxy, addresses, config=config, clock=clock)
            watching = asyncio.create_task(watched(proxy, seconds, clock), name="watch")
            making = asyncio.create_task(
                _made(changing, seconds, rng, clock), name="changes"
            )
            report = await check(proxy.base_url, played, seconds, clock=clock)
            await making
            samples = await watching
            outcomes = await proxy.reloads()
    return Soak(
        seconds,
        seed,
        made=changing.made,
        outcomes=outcomes,
        report=report,
        record=origin.record(),
        samples=samples,
        failed=tuple(changing.problems),
    )


async def _made(
    changing: Changing, seconds: float, rng: random.Random, clock: Clock
) -> None:
    await clock.sleep(_LEAD_SECONDS)
    left = seconds - _LEAD_SECONDS - SECONDS_BETWEEN
    await changing.make(changes(int(left / SECONDS_BETWEEN) + 1, rng), left)


def _lead(link: Path, number: int) -> None:
    """Point a link to one of the folders, atomically."""
    following = link.with_name("next")
    following.symlink_to(str(number))
    following.replace(link)


def _signal() -> int:
    number = reload_signal()
    if number is None:
        raise OSError("this system has no signal for it")
    return number


def main(arguments: Sequence[str]) -> int:
    """Run the soak test, print the results and return the exit code."""
    return run(soak, arguments, least_seconds=LEAST_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
