"""Reads the configuration again: all of it takes effect, or nothing does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import StrEnum

import structlog

from proxy.app.registry import Changes
from proxy.clock import Clock
from proxy.errors import BuildError, SettingsError
from proxy.metrics import Metrics
from proxy.service_manager import ServiceManager
from proxy.settings import Settings
from proxy.settings.differences import held_back
from proxy.web.configuration import ConfigurationStatus

log = structlog.get_logger()


class Outcome(StrEnum):
    """What becomes of a reload."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    """It says what was in force already."""
    REFUSED = "refused"
    """Something is wrong with it; what was in force goes on."""


class Reloader:
    """Reloads when asked, one time after the other.

    `load` is called in a thread. `apply` takes settings in and tells which streams
    changed; it raises BuildError and changes nothing if a stream cannot be built.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        load: Callable[[], Settings],
        apply: Callable[[Settings], Awaitable[Changes]],
        metrics: Metrics,
        manager: ServiceManager,
        clock: Clock,
    ) -> None:
        self.settings = settings
        """Those in force."""
        self.status = ConfigurationStatus(loaded_at=clock.wall())
        self._load = load
        self._apply = apply
        self._metrics = metrics
        self._manager = manager
        self._clock = clock
        self._turn = asyncio.Lock()
        self._asked = asyncio.Event()
        metrics.config_loaded(clock.wall())

    def ask(self) -> None:
        """Have the configuration read again."""
        self._asked.set()

    async def run(self) -> None:
        """Reload whenever somebody asks, until cancelled."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.reload()

    async def reload(self) -> Outcome:
        """Read the configuration and let it take effect; tell what became of it."""
        async with self._turn:
            self._manager.reloading(self._clock.mono())
            outcome = await self._reloaded()
            self._metrics.config_reloaded(outcome)
            self._manager.ready(self._summary())
        return outcome

    async def _reloaded(self) -> Outcome:
        try:
            wanted = await asyncio.to_thread(self._load)
            server, waiting = held_back(self.settings.server, wanted.server)
            settings = wanted.model_copy(update={"server": server})
            before, changes = self.settings, await self._apply(settings)
        except SettingsError as error:
            return self._refused(tuple(map(str, error.problems)))
        except BuildError as error:
            return self._refused(tuple(map(str, error.problems)))
        except Exception as error:  # noqa: BLE001 - streams and the watch go on
            return self._refused((f"the program failed: {type(error).__name__}",))
        self.settings = settings
        other = bool(changes) or _rest(settings) != _rest(before)
        outcome = Outcome.APPLIED if other else Outcome.UNCHANGED
        now = self._clock.wall()
        self._metrics.config_loaded(now)
        self.status = ConfigurationStatus(now, outcome, waiting_for_restart=waiting)
        self._tell(outcome, changes, waiting)
        return outcome

    def _refused(self, problems: tuple[str, ...]) -> Outcome:
        self.status = replace(
            self.status, last_reload=Outcome.REFUSED, problems=problems
        )
        for problem in problems:
            log.error("configuration refused", problem=problem)
        return Outcome.REFUSED

    def _tell(
        self, outcome: Outcome, changes: Changes, waiting: tuple[str, ...]
    ) -> None:
        log.info(
            "configuration",
            outcome=str(outcome),
            added=", ".join(changes.add) or None,
            replaced=", ".join(changes.replace) or None,
            removed=", ".join(changes.remove) or None,
        )
        for key in waiting:
            log.warning(
                "configuration waits", key=key, about="takes effect at a restart"
            )

    def _summary(self) -> str:
        """Return a line for people about what is in force."""
        serving = f"{len(self.settings.streams)} streams"
        if number := len(self.status.problems):
            return f"{serving}; the new configuration is refused: {number} problems"
        return serving


def _rest(settings: Settings) -> Settings:
    """Return what no stream is made of."""
    return settings.model_copy(update={"streams": {}})
