"""The whole program, running for as long as a block lasts."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from proxy.app.family import FamilyUnit
from proxy.app.lifetime import Lifetime
from proxy.app.reports import Reports
from proxy.app.surroundings import DISTRIBUTION, Surroundings, surroundings_of
from proxy.app.unit import Unit, single_unit
from proxy.clock import Clock
from proxy.core.http.hosts import Hosts
from proxy.core.http.listening import Address
from proxy.metrics import Metrics
from proxy.settings import Settings
from proxy.settings.program import LimitSettings, ServerSettings
from proxy.settings.stream.stream import StreamSettings
from proxy.streams.directory import Streams
from proxy.streams.replies import StreamStatus
from proxy.tokens.report import Refresh
from proxy.web.access import Access
from proxy.web.app import App
from proxy.web.cors import Cors
from proxy.web.guard import Guard
from proxy.web.listening import handed_over
from proxy.web.protocol import Limits
from proxy.web.readers import Readers
from proxy.web.server import require_c_parser, serving

Watch = Callable[[Refresh], None]


@dataclass(frozen=True, slots=True)
class Running:
    """The program as it runs."""

    addresses: tuple[Address, ...]
    """Where it listens."""
    names: tuple[str, ...]
    """The streams, as they stand in a local URL; of a family with its `{id}`."""

    @property
    def base_url(self) -> str:
        """Where a player on this machine begins: the first address."""
        first = self.addresses[0]
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(first.host)  # noqa: S104
        return f"http://{replace(first, host=here) if here else first}"

    @property
    def urls(self) -> tuple[str, ...]:
        """The entry of each stream."""
        return tuple(f"{self.base_url}/{name}/index.m3u8" for name in self.names)


@contextlib.asynccontextmanager
async def running(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    watch: Watch = lambda _: None,
) -> AsyncIterator[Running]:
    """Run the program while the block lasts; `watch` is told about every refresh.

    Raises StartError where it cannot start. On the way out answers in flight finish
    first, then tokens and connections go.
    """
    require_c_parser()
    metrics = Metrics(version(DISTRIBUTION))
    around = surroundings_of(settings, environ=environ, clock=clock, rng=rng)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(around.close)
        house = _House(around, metrics, watch)
        stack.push_async_callback(house.close)
        for name, stream in settings.streams.items():
            house.add(name, stream)
        await house.begin()
        metrics.watch(house.statuses)
        app = App(
            house.streams(),
            _guard(settings.server),
            house.statuses,
            metrics,
            clock,
            Readers(mono=clock.mono, most_bytes=settings.limits.unread_bytes),
            public_url=settings.server.public_url or None,
        )
        listening = serving(
            app,
            settings.server.listen,
            handed=handed_over(environ),
            limits=_limits(settings.limits),
            drain_seconds=settings.server.shutdown_seconds,
        )
        addresses = await stack.enter_async_context(listening)
        yield Running(addresses, tuple(map(_local, settings.streams.items())))


@dataclass(slots=True)
class _House:
    """What is built of the streams: to be run, to be found, to be asked how it is."""

    around: Surroundings
    metrics: Metrics
    watch: Watch
    lifetimes: list[Lifetime] = field(default_factory=list)
    units: dict[str, Unit | FamilyUnit] = field(default_factory=dict)

    def add(self, name: str, settings: StreamSettings) -> None:
        """Build a stream or a family."""
        self.metrics.begin(name, has_token=settings.token is not None)
        reports = Reports(name, self.metrics, self.watch)
        lifetime = Lifetime()
        self.lifetimes.append(lifetime)
        if settings.family:
            self.units[name] = FamilyUnit(
                name, settings, reports, self.around, lifetime=lifetime
            )
        else:
            self.units[name] = single_unit(
                name, settings, reports, self.around, local=name, lifetime=lifetime
            )

    async def begin(self) -> None:
        """Keep the tokens fresh from now on."""
        for lifetime in self.lifetimes:
            await lifetime.begin()

    async def close(self) -> None:
        """Close all, at the same time: each may have to wait for a login."""
        await asyncio.gather(*(unit.close() for unit in self.units.values()))
        for lifetime in self.lifetimes:
            await lifetime.end()

    def streams(self) -> Streams:
        """Return the directory of all that was added."""
        units = self.units.items()
        return Streams(
            {name: unit.stream for name, unit in units if isinstance(unit, Unit)},
            {name: unit.family for name, unit in units if isinstance(unit, FamilyUnit)},
        )

    def statuses(self) -> Sequence[StreamStatus]:
        """Return how every stream and family is."""
        return [unit.status() for unit in self.units.values()]


def _local(item: tuple[str, StreamSettings]) -> str:
    name, settings = item
    return f"{name}/{{id}}" if settings.family else name


def _limits(limits: LimitSettings) -> Limits:
    return Limits(
        connections=limits.connections,
        connections_per_address=limits.connections_per_address,
    )


def _guard(server: ServerSettings) -> Guard:
    key = server.access_key
    access = Access(server.allowed_networks, key.get_secret_value() if key else None)
    return Guard(Hosts.of(*server.hosts), access, Cors(frozenset(server.cors_origins)))
