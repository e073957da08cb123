"""Reloads the configuration: either all of it takes effect, or nothing does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from proxy.app.registry import Changes
from proxy.app.surroundings import Surroundings
from proxy.app.trial import Trials
from proxy.app.watching import Watcher
from proxy.clock import Clock
from proxy.errors import BuildError, SettingsError
from proxy.events.event import Tell
from proxy.events.reload import ConfigurationLoaded, Reloaded, ReloadOutcome
from proxy.service_manager import ServiceManager
from proxy.settings import Settings, load
from proxy.settings.differences import held_back, secret_files, store_held_back
from proxy.web.configuration import ConfigurationStatus


class Reloader:
    """Reloads on request, one reload at a time.

    `load` runs in a thread. `apply` puts settings in force and returns which streams
    changed. If a stream cannot be built, it raises BuildError and changes nothing.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        load: Callable[[], Settings],
        apply: Callable[[Settings], Awaitable[Changes]],
        tell: Tell,
        manager: ServiceManager,
        clock: Clock,
    ) -> None:
        self.settings = settings
        """The settings in force."""
        self.status = ConfigurationStatus(loaded_at=clock.wall())
        self._load = load
        self._apply = apply
        self._tell = tell
        self._manager = manager
        self._clock = clock
        self._turn = asyncio.Lock()
        self._asked = asyncio.Event()
        tell(ConfigurationLoaded(clock.wall()))

    def ask(self) -> None:
        """Request a reload of the configuration."""
        self._asked.set()

    async def run(self) -> None:
        """Reload at every request, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.reload()

    async def reload(self) -> ReloadOutcome:
        """Read the configuration and apply it; return the outcome."""
        async with self._turn:
            self._manager.reloading(self._clock.mono())
            reloaded = await self._reloaded()
            self._tell(reloaded)
            self._manager.ready(self._summary())
        return reloaded.outcome

    async def _reloaded(self) -> Reloaded:
        try:
            wanted = await asyncio.to_thread(self._load)
            server, waiting = held_back(self.settings.server, wanted.server)
            store, more = store_held_back(self.settings.store, wanted.store)
            waiting += more
            settings = wanted.model_copy(update={"server": server, "store": store})
            before, changes = self.settings, await self._apply(settings)
        except (SettingsError, BuildError) as error:
            return self._refused(tuple(map(str, error.problems)))
        except Exception as error:  # noqa: BLE001 - streams and the watch go on
            return self._refused((f"the program failed: {type(error).__name__}",))
        self.settings = settings
        other = bool(changes) or _rest(settings) != _rest(before)
        outcome = ReloadOutcome.APPLIED if other else ReloadOutcome.UNCHANGED
        now = self._clock.wall()
        self._tell(ConfigurationLoaded(now))
        self.status = ConfigurationStatus(now, outcome, waiting_for_restart=waiting)
        return Reloaded(
            outcome,
            added=changes.add,
            replaced=changes.replace,
            removed=changes.remove,
            waiting=waiting,
        )

    def _refused(self, problems: tuple[str, ...]) -> Reloaded:
        outcome = ReloadOutcome.REFUSED
        self.status = replace(self.status, last_reload=outcome, problems=problems)
        return Reloaded(outcome, problems=problems)

    def _summary(self) -> str:
        """Return a line for people about the settings in force."""
        serving = f"{len(self.settings.streams)} streams"
        if number := len(self.status.problems):
            return f"{serving}; the new configuration is refused: {number} problems"
        return serving


@contextlib.asynccontextmanager
async def reloading(
    around: Surroundings,
    config: Path,
    manager: ServiceManager,
    *,
    apply: Callable[[Settings], Awaitable[Changes]],
    tell: Tell,
) -> AsyncIterator[Reloader]:
    """Reload on request and when files change, while the block lasts."""
    trial = Trials(environ=around.environ, clock=around.clock, rng=around.rng)
    reloader = Reloader(
        around.settings,
        load=partial(load, config, environ=around.environ, trial=trial),
        apply=apply,
        tell=tell,
        manager=manager,
        clock=around.clock,
    )

    def files() -> Iterator[Path]:
        if reloader.settings.server.reload_on_change:
            yield config
            yield from secret_files(reloader.settings)

    watcher = Watcher(files, reloader.reload, clock=around.clock)
    tasks = {
        asyncio.create_task(reloader.run(), name="reloads"),
        asyncio.create_task(watcher.run(), name="watch on the configuration"),
    }
    try:
        yield reloader
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _rest(settings: Settings) -> Settings:
    """Return the settings that do not belong to any stream."""
    return settings.model_copy(update={"streams": {}})
