"""The state of all processes that serve players, added up for the program's pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy.streams.status import StoreStatus, StreamStatus


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """One of the processes."""

    number: int
    process: int
    """The process id; 0 while it is being replaced."""
    replaced: int = 0
    """How often it has died and was replaced."""


@dataclass(frozen=True, slots=True)
class WholeStatus:
    """The state of all processes together."""

    streams: Sequence[StreamStatus]
    workers: tuple[WorkerStatus, ...] = ()
    store: StoreStatus | None = None
    """What their stores hold in total; None if there is no store."""


class AllWorkers(Protocol):
    """Adds up what all processes report."""

    async def metrics(self) -> bytes | None:
        """Return all metrics in the text format; None if they are not available now."""
        ...

    async def status(self) -> WholeStatus | None:
        """Return the state of all processes; None if it is not available now."""
        ...
