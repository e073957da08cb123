"""The whole program, running for as long as a block lasts."""

import contextlib
import math
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from proxy.app.keepers import family_keeper
from proxy.app.locations import Running, shown_base
from proxy.app.reports import Reports
from proxy.app.sources import keeps_login
from proxy.app.streams import BuiltStream, family_key, stream_of, upstream_of
from proxy.app.surroundings import DISTRIBUTION, Surroundings, surroundings_of
from proxy.clock import Clock
from proxy.core.http.hosts import Hosts
from proxy.errors import StartError
from proxy.metrics import Metrics
from proxy.settings import Settings
from proxy.settings.program import LimitSettings, ServerSettings
from proxy.settings.stream.stream import StreamSettings
from proxy.streams.directory import Family, Streams
from proxy.streams.replies import StreamStatus
from proxy.streams.selections import Selections
from proxy.tokens.report import Refresh
from proxy.web.access import Access
from proxy.web.app import App
from proxy.web.cors import Cors
from proxy.web.guard import Guard
from proxy.web.listening import bound, handed_over
from proxy.web.protocol import Limits
from proxy.web.readers import Readers
from proxy.web.server import require_c_parser, serving

Watch = Callable[[Refresh], None]


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
        # First of all: where another program listens, no token is asked for.
        sockets = stack.enter_context(
            bound(settings.server.listen, handed_over(environ))
        )
        house = _House(around, metrics, watch, stack)
        for name, stream in settings.streams.items():
            await house.add(name, stream)
        for token, payer in around.services.payers:
            if keeps_login(token):
                await stack.enter_async_context(payer.running())
        stack.push_async_callback(around.chores.close)
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
            sockets,
            limits=_limits(settings.limits),
            drain_seconds=settings.server.shutdown_seconds,
        )
        addresses = await stack.enter_async_context(listening)
        names = tuple(map(_local, settings.streams.items()))
        yield Running(addresses, names, shown_base(settings.server, addresses))


@dataclass(slots=True)
class _House:
    """Builds the streams, keeps their tokens fresh, and reads their state."""

    around: Surroundings
    metrics: Metrics
    watch: Watch
    stack: contextlib.AsyncExitStack
    singles: dict[str, BuiltStream] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)
    reports: dict[str, Reports] = field(default_factory=dict)

    async def add(self, name: str, settings: StreamSettings) -> None:
        """Build a stream or a family, and keep its token fresh.

        Raises StartError, with its name, if that cannot be done.
        """
        try:
            await self._add(name, settings)
        except StartError as exc:
            raise StartError(f"streams.{name}: {exc}") from exc

    async def _add(self, name: str, settings: StreamSettings) -> None:
        reports = self.reports[name] = Reports(name, self.metrics, self.watch)
        self.metrics.begin(name, has_token=settings.token is not None)
        upstream = upstream_of(settings, reports, self.around)
        self.stack.push_async_callback(upstream.close)
        key = family_key(settings, self.around)
        keeper = family_keeper(name, settings, reports.refresh, self.around)
        if keeper is not None:
            self.stack.push_async_callback(keeper.close)

        def built(chosen: StreamSettings, local: str) -> BuiltStream:
            return stream_of(
                name,
                chosen,
                upstream,
                reports,
                self.around,
                local=local,
                key=key,
                keeper=keeper,
            )

        def member(member_id: str) -> Selections:
            # Its keeper is not run: it looks after its token whenever it is asked.
            chosen = settings.for_member(member_id)
            return built(chosen, f"{name}/{member_id}").stream

        if settings.family:
            limits = self.around.settings.limits
            self.families[name] = Family(
                name,
                member,
                limit=limits.family_members,
                new_per_minute=limits.new_members_per_minute,
                clock=self.around.clock,
            )
            return
        one = self.singles[name] = built(settings, name)
        if one.keeper is not None:
            await self.stack.enter_async_context(one.keeper.running())

    def streams(self) -> Streams:
        """Return the directory of all that was added."""
        singles = {name: one.stream for name, one in self.singles.items()}
        return Streams(singles, self.families)

    def statuses(self) -> Sequence[StreamStatus]:
        """Return how every stream and family is."""
        singles = (
            _status(name, built, self.reports[name].last_problem)
            for name, built in self.singles.items()
        )
        families = (
            StreamStatus(
                name,
                family=True,
                members=len(family),
                last_problem=self.reports[name].last_problem,
            )
            for name, family in self.families.items()
        )
        return [*singles, *families]


def _status(name: str, built: BuiltStream, problem: str | None) -> StreamStatus:
    keeper, catalogs = built.keeper, built.stream.catalogs
    left = keeper.seconds_left() if keeper else None
    return StreamStatus(
        name,
        # Infinity is the keeper's word for an expiry that is not known.
        token_seconds_left=left if left is not None and math.isfinite(left) else None,
        token_usable=keeper.usable if keeper else None,
        token_cold=keeper is not None and keeper.cold,
        renditions=sum(1 for catalog in catalogs for _ in catalog.playlists()),
        names=sum(map(len, catalogs)),
        last_problem=problem,
    )


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
