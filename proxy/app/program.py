"""The whole program, running while a block lasts."""

import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from proxy.app.locations import Running
from proxy.app.registry import Changes, Registry
from proxy.app.reloading import reloading
from proxy.app.serving import site_of
from proxy.app.sinks import Sinks
from proxy.app.storing import resize, status_of
from proxy.app.surroundings import DISTRIBUTION, Surroundings, surroundings_of
from proxy.clock import Clock
from proxy.events.event import Tell
from proxy.metrics import Metrics
from proxy.observe.event_counts import EventCounts
from proxy.observe.event_log import EventLog
from proxy.service_manager import ServiceManager
from proxy.settings import Settings
from proxy.web.app import App
from proxy.web.listening import bound, handed_over
from proxy.web.server import require_c_parser, serving
from proxy.web.slow_readers import Readers


@contextlib.asynccontextmanager
async def running(
    settings: Settings,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    watch: Sequence[Tell] = (),
    config: Path | None = None,
    changed: Callable[[Settings], None] = lambda _: None,
) -> AsyncIterator[Running]:
    """Run the program while the block lasts; every event is passed to `watch`.

    `config` is the file to reload. `changed` is called with the settings after each
    reload that took effect. Raises StartError if the program cannot start. At the end,
    answers in progress finish first; then tokens and connections are closed.
    """
    require_c_parser()
    manager = ServiceManager.of(environ)
    around = surroundings_of(settings, environ=environ, clock=clock, rng=rng)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(around.close)
        # Open the sockets first: if another program uses the port, no token is
        # requested.
        sockets = stack.enter_context(
            bound(settings.server.listen, handed_over(environ))
        )
        program = await stack.enter_async_context(built(around, *watch))
        program.changed = changed
        reload = _nothing
        if config is not None:
            app = program.app
            reloader = await stack.enter_async_context(
                reloading(around, config, manager, apply=program.apply, tell=app.tell)
            )
            app.configuration = lambda: reloader.status
            reload = reloader.ask
        addresses = await stack.enter_async_context(serving(program.app, sockets))
        manager.ready(f"{len(settings.streams)} streams")
        stack.callback(manager.stopping)
        yield Running.of(settings, addresses, reload)


@contextlib.asynccontextmanager
async def built(around: Surroundings, *watch: Tell) -> AsyncIterator["Program"]:
    """Build everything that answers players, and close it when the block ends.

    Raises BuildError if a stream cannot be built.
    """
    settings, clock = around.settings, around.clock
    metrics = Metrics(version(DISTRIBUTION))
    sinks = Sinks(EventCounts(metrics), EventLog(), *watch)
    registry = Registry(sinks=sinks, clock=clock)
    around.store.start()
    try:
        await registry.apply(around)
        metrics.watch(registry.statuses)
        metrics.watch_store(lambda: sinks.stored, around.store.statistics)
        app = App(
            site=site_of(registry.streams(), settings),
            status=registry.statuses,
            store=partial(status_of, around.store, around.commons),
            metrics=metrics,
            tell=sinks.tell,
            clock=clock,
            readers=Readers(mono=clock.mono, most_bytes=settings.limits.unread_bytes),
        )
        yield Program(registry, app, around)
    finally:
        await registry.close()


@dataclass(slots=True)
class Program:
    """The running program, to which new settings can be applied."""

    registry: Registry
    app: App
    around: Surroundings
    changed: Callable[[Settings], None] = lambda _: None
    """Called with the settings that took effect."""

    async def apply(self, settings: Settings) -> Changes:
        """Apply these settings; raises BuildError if a stream cannot be built."""
        around = self.around.changed(settings)
        changes = await self.registry.apply(around)
        self.around = around
        around.caches.snapshots.resize(settings.limits.snapshot_bytes)
        around.caches.names.resize(settings.limits.total_names)
        resize(around.store, settings.store, around.commons)
        if around.caches.recordings is not None:
            around.caches.recordings.offline_seconds = settings.store.offline_for
        self.app.readers.most_bytes = settings.limits.unread_bytes
        self.changed(settings)
        self.app.site = site_of(self.registry.streams(), settings)
        return changes


def _nothing() -> None:
    """Do nothing: there is no file to reload."""
