"""The whole program, running for as long as a block lasts."""

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from proxy.app.reports import Reports
from proxy.app.streams import BuiltStream, Surroundings, stream_of, upstream_of
from proxy.clock import Clock
from proxy.core.hosts import Hosts
from proxy.metrics import Metrics
from proxy.settings import Settings
from proxy.settings.program import ServerSettings
from proxy.settings.stream import StreamSettings
from proxy.streams.directory import Family, Streams
from proxy.streams.replies import StreamStatus
from proxy.streams.stream import Stream
from proxy.tokens.report import Refresh
from proxy.web.access import Access
from proxy.web.app import App
from proxy.web.cors import Cors
from proxy.web.guard import Guard
from proxy.web.protocol import Limits
from proxy.web.server import Address, require_c_parser, serving

DISTRIBUTION = "hls-auth-proxy"


@dataclass(frozen=True, slots=True)
class Running:
    """The program as it runs."""

    addresses: tuple[Address, ...]
    """Where it listens."""
    streams: Streams = field(repr=False)

    @property
    def base_url(self) -> str:
        """Where a player on this machine begins: the first address."""
        return f"http://{self.addresses[0]}"


@dataclass(slots=True)
class _Built:
    """What was built of the streams, to be run and to be asked how it is."""

    singles: dict[str, BuiltStream] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)

    def statuses(self) -> Sequence[StreamStatus]:
        """Return how every stream and family is."""
        return [
            *(_status(name, built) for name, built in self.singles.items()),
            *(
                StreamStatus(name, family=True, members=len(family))
                for name, family in self.families.items()
            ),
        ]


@contextlib.asynccontextmanager
async def running(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    watch: Callable[[Refresh], None] = lambda _: None,
) -> AsyncIterator[Running]:
    """Run the program while the block lasts; `watch` is told about every refresh.

    Raises StartError where it cannot start. On the way out answers in flight finish
    first, then tokens and connections go.
    """
    require_c_parser()
    metrics = Metrics(version(DISTRIBUTION))
    around = Surroundings(
        environ, clock, rng, f"{DISTRIBUTION}/{version(DISTRIBUTION)}", settings.limits
    )
    built = _Built()
    async with contextlib.AsyncExitStack() as stack:
        for name, stream in settings.streams.items():
            reports = Reports(name, metrics, watch)
            await _add(built, name, stream, reports, around, stack)
        metrics.watch(built.statuses)
        streams = Streams(
            {name: one.stream for name, one in built.singles.items()}, built.families
        )
        server = settings.server
        app = App(
            streams,
            _guard(server),
            built.statuses,
            metrics,
            clock,
            public_url=server.public_url or None,
        )
        listening = serving(
            app,
            [Address(place.host, place.port) for place in server.listen],
            limits=Limits(connections=settings.limits.connections),
            drain_seconds=server.shutdown_seconds,
        )
        yield Running(await stack.enter_async_context(listening), streams)


async def _add(
    built: _Built,
    name: str,
    settings: StreamSettings,
    reports: Reports,
    around: Surroundings,
    stack: contextlib.AsyncExitStack,
) -> None:
    upstream = upstream_of(settings, reports, around)
    stack.push_async_callback(upstream.close)
    if not settings.family:
        one = stream_of(name, settings, upstream, reports, around)
        built.singles[name] = one
        if one.keeper is not None:
            await stack.enter_async_context(one.keeper.running())
        return

    def member(member_id: str) -> Stream:
        # Its keeper is not run: it looks after its token whenever it is asked.
        local = f"{name}/{member_id}"
        chosen = settings.for_member(member_id)
        return stream_of(name, chosen, upstream, reports, around, local=local).stream

    built.families[name] = Family(member, limit=around.limits.family_members)


def _guard(server: ServerSettings) -> Guard:
    key = server.access_key
    access = Access(
        tuple(server.allowed_networks), key.get_secret_value() if key else None
    )
    return Guard(Hosts.of(*server.hosts), access, Cors(frozenset(server.cors_origins)))


def _status(name: str, built: BuiltStream) -> StreamStatus:
    keeper, catalog = built.keeper, built.catalog
    return StreamStatus(
        name,
        token_seconds_left=keeper.seconds_left() if keeper else None,
        token_usable=keeper.usable if keeper else None,
        renditions=sum(1 for _ in catalog.playlists()),
        names=len(catalog),
    )
