"""Metrics about the program itself: its configuration, processes and tasks."""

import asyncio

from prometheus_client import CollectorRegistry, Gauge, Info, ProcessCollector

from proxy.metrics.series import NAMESPACE
from proxy.metrics.tally import counter, gauge

_REFUSED = "refused"
_RELOADS = ("applied", "unchanged", _REFUSED)


class ProgramMetrics:
    """The program itself. For use in the event loop's thread only."""

    def __init__(self, version: str) -> None:
        self.in_flight = 0
        """Player requests that are being answered."""
        self._reloads = counter(
            "config_reloads", "Times the configuration was read again", "outcome"
        )
        for outcome in _RELOADS:
            self._reloads.begin(outcome)
        self._reload_well = gauge(
            "config_last_reload_successful",
            "1 if what was read last is in force, else 0",
        )
        self._loaded_at = gauge(
            "config_last_reload_success_timestamp_seconds",
            "When the configuration that is in force was read",
        )
        self._workers = gauge("workers", "Processes that serve players")
        self._worker_deaths = counter(
            "worker_deaths", "Processes that ended unasked and were replaced"
        )
        self.parts = (
            self._reloads,
            self._reload_well,
            self._loaded_at,
            self._workers,
            self._worker_deaths,
        )
        self.registry = self._registry(version)
        """What is read when metrics are rendered."""

    def reloaded(self, outcome: str) -> None:
        """Count a reload of the configuration."""
        self._reloads.add(outcome)
        self._reload_well.set(outcome != _REFUSED)

    def loaded(self, wall: float) -> None:
        """Record when the configuration in force was read, in epoch seconds."""
        self._reload_well.set(1)
        self._loaded_at.set(wall)

    def workers(self, serving: int) -> None:
        """Record how many processes serve players, if there is more than this one."""
        self._workers.set(serving)
        self._worker_deaths.begin()

    def worker_died(self) -> None:
        """Count a process that ended unasked."""
        self._worker_deaths.add()

    def _registry(self, version: str) -> CollectorRegistry:
        registry = CollectorRegistry()
        Gauge(
            "tasks",
            "Tasks of the program that are under way",
            namespace=NAMESPACE,
            registry=registry,
        ).set_function(_tasks)
        Gauge(
            "player_requests_in_flight",
            "Requests of players that are being answered",
            namespace=NAMESPACE,
            registry=registry,
        ).set_function(lambda: self.in_flight)
        about = Info("build", "The program", namespace=NAMESPACE, registry=registry)
        about.info({"version": version})
        # Empty if there is no /proc.
        ProcessCollector(registry=registry)
        return registry


def _tasks() -> float:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:  # no event loop is running
        return 0.0
