"""The whole program, running while a block lasts."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from proxy.app.locations import Running, shown_base
from proxy.app.registry import Changes, Registry
from proxy.app.reloading import Reloader
from proxy.app.serving import site_of
from proxy.app.sinks import Sinks
from proxy.app.surroundings import DISTRIBUTION, Surroundings, surroundings_of
from proxy.app.trial import Trials
from proxy.app.watching import Watcher
from proxy.clock import Clock
from proxy.events.event import Tell
from proxy.metrics import Metrics
from proxy.observe.event_counts import EventCounts
from proxy.observe.event_log import EventLog
from proxy.service_manager import ServiceManager
from proxy.settings import Settings, StreamSettings, load
from proxy.settings.differences import secret_files
from proxy.web.app import App
from proxy.web.listening import bound, handed_over
from proxy.web.readers import Readers
from proxy.web.server import require_c_parser, serving


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
    metrics = Metrics(version(DISTRIBUTION))
    sinks = Sinks(EventCounts(metrics), EventLog(), *watch)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(around.close)
        # Open the sockets first: if another program uses the port, no token is
        # requested.
        sockets = stack.enter_context(
            bound(settings.server.listen, handed_over(environ))
        )
        registry = Registry(sinks=sinks, clock=clock)
        stack.push_async_callback(registry.close)
        await registry.apply(around)
        metrics.watch(registry.statuses)
        app = App(
            site=site_of(registry.streams(), settings),
            status=registry.statuses,
            metrics=metrics,
            tell=sinks.tell,
            clock=clock,
            readers=Readers(mono=clock.mono, most_bytes=settings.limits.unread_bytes),
        )
        reload = _nothing
        if config is not None:
            program = _Program(registry, app, around, changed)
            reload = await stack.enter_async_context(
                _reloading(program, config, manager)
            )
        addresses = await stack.enter_async_context(serving(app, sockets))
        manager.ready(f"{len(settings.streams)} streams")
        stack.callback(manager.stopping)
        names = tuple(map(_local, settings.streams.items()))
        base = shown_base(settings.server, addresses)
        yield Running(addresses, names, base, reload)


@dataclass(slots=True)
class _Program:
    """The running program, to which new settings can be applied."""

    registry: Registry
    app: App
    around: Surroundings
    changed: Callable[[Settings], None]

    async def apply(self, settings: Settings) -> Changes:
        """Apply these settings; raises BuildError if a stream cannot be built."""
        around = self.around.changed(settings)
        changes = await self.registry.apply(around)
        self.around = around
        around.snapshots.resize(settings.limits.snapshot_bytes)
        around.names.resize(settings.limits.total_names)
        self.app.readers.most_bytes = settings.limits.unread_bytes
        self.changed(settings)
        self.app.site = site_of(self.registry.streams(), settings)
        return changes


@contextlib.asynccontextmanager
async def _reloading(
    program: _Program, config: Path, manager: ServiceManager
) -> AsyncIterator[Callable[[], None]]:
    """Reload on request and when files change, while the block lasts."""
    around, app = program.around, program.app
    trial = Trials(environ=around.environ, clock=around.clock, rng=around.rng)
    reloader = Reloader(
        around.settings,
        load=partial(load, config, environ=around.environ, trial=trial),
        apply=program.apply,
        tell=app.tell,
        manager=manager,
        clock=around.clock,
    )

    def files() -> Iterator[Path]:
        if reloader.settings.server.reload_on_change:
            yield config
            yield from secret_files(reloader.settings)

    watcher = Watcher(files, reloader.reload, clock=around.clock)
    app.configuration = lambda: reloader.status
    tasks = {
        asyncio.create_task(reloader.run(), name="reloads"),
        asyncio.create_task(watcher.run(), name="watch on the configuration"),
    }
    try:
        yield reloader.ask
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _local(item: tuple[str, StreamSettings]) -> str:
    name, settings = item
    return f"{name}/{{id}}" if settings.family else name


def _nothing() -> None:
    """Do nothing: there is no file to reload."""
