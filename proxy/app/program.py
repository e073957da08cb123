"""The whole program, running for as long as a block lasts."""

import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version

from proxy.app.registry import Registry, Watch
from proxy.app.surroundings import DISTRIBUTION, surroundings_of
from proxy.clock import Clock
from proxy.core.http.hosts import Hosts
from proxy.core.http.listening import Address
from proxy.metrics import Metrics
from proxy.settings import Settings
from proxy.settings.program import LimitSettings, ServerSettings
from proxy.settings.stream.stream import StreamSettings
from proxy.web.access import Access
from proxy.web.app import App
from proxy.web.cors import Cors
from proxy.web.guard import Guard
from proxy.web.listening import handed_over
from proxy.web.protocol import Limits
from proxy.web.readers import Readers
from proxy.web.server import require_c_parser, serving
from proxy.web.site import Site


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
        registry = Registry(metrics=metrics, watch=watch, clock=clock)
        stack.push_async_callback(registry.close)
        await registry.apply(around)
        metrics.watch(registry.statuses)
        app = App(
            site=_site(registry, settings.server),
            status=registry.statuses,
            metrics=metrics,
            clock=clock,
            readers=Readers(mono=clock.mono, most_bytes=settings.limits.unread_bytes),
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


def _local(item: tuple[str, StreamSettings]) -> str:
    name, settings = item
    return f"{name}/{{id}}" if settings.family else name


def _limits(limits: LimitSettings) -> Limits:
    return Limits(
        connections=limits.connections,
        connections_per_address=limits.connections_per_address,
    )


def _site(registry: Registry, server: ServerSettings) -> Site:
    return Site(
        streams=registry.streams(),
        guard=_guard(server),
        public_url=server.public_url or None,
    )


def _guard(server: ServerSettings) -> Guard:
    key = server.access_key
    access = Access(server.allowed_networks, key.get_secret_value() if key else None)
    return Guard(Hosts.of(*server.hosts), access, Cors(frozenset(server.cors_origins)))
