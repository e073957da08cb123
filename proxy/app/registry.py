"""The current streams; a new configuration replaces them while requests are running.

A stream that did not change keeps its token, its names, its cache and its
connections. A request in progress finishes on the stream on which it began, see
`removed_streams`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxy.app.family import FamilyUnit
from proxy.app.lifetime import Lifetime
from proxy.app.plan import StreamPlan
from proxy.app.removed_streams import RemovedStreams
from proxy.app.sinks import Sinks, StreamSinks
from proxy.app.surroundings import Surroundings
from proxy.app.unit import Unit, single_unit
from proxy.clock import Clock
from proxy.errors import BuildError, StartError
from proxy.events.stream_change import StreamConfigured, StreamRemoved
from proxy.streams.directory import Streams
from proxy.streams.status import StreamStatus


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do about each name. Together the sets hold all old and new names."""

    add: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.add or self.replace or self.remove)


def diff(old: Mapping[str, object], new: Mapping[str, object]) -> Changes:
    """Return the steps from the old streams to the new ones; equal ones are kept."""
    return Changes(
        add=tuple(name for name in new if name not in old),
        replace=tuple(name for name in new if name in old and old[name] != new[name]),
        remove=tuple(name for name in old if name not in new),
        keep=tuple(name for name in new if name in old and old[name] == new[name]),
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A running stream or family."""

    plan: StreamPlan
    sinks: StreamSinks
    unit: Unit | FamilyUnit


class Registry:
    """The streams by name, and the removed ones that are still closing."""

    def __init__(self, *, sinks: Sinks, clock: Clock) -> None:
        """Create an empty registry; `sinks` receive the events of all streams."""
        self._sinks = sinks
        self._entries: dict[str, _Entry] = {}
        self._leaving = RemovedStreams(clock=clock)

    async def apply(self, around: Surroundings) -> Changes:
        """Replace the streams by those of these settings.

        Raises BuildError with all problems; nothing is changed then.
        """
        plans = {
            name: StreamPlan.of(name, around.settings)
            for name in around.settings.streams
        }
        changes = diff({n: one.plan for n, one in self._entries.items()}, plans)
        entries, problems = dict[str, _Entry](), list[StartError]()
        for name, plan in plans.items():
            try:
                if name in changes.keep:
                    entries[name] = self._entries[name]
                else:
                    entries[name] = await self._built(name, plan, around)
            except StartError as error:
                problems.append(error)
        new = [entries[n].unit for n in changes.add + changes.replace if n in entries]
        if problems:
            await asyncio.gather(*(unit.close() for unit in new))
            raise BuildError(tuple(problems))
        for unit in new:
            await unit.begin()
        for name in changes.replace + changes.remove:
            old = self._entries[name].unit
            self._leaving.add(old.idle, old.close)
        for name in changes.remove:
            self._sinks.tell(StreamRemoved(name))
        self._entries = entries
        return changes

    def streams(self) -> Streams:
        """Return the directory of the current streams."""
        units = [(name, one.unit) for name, one in self._entries.items()]
        return Streams(
            {name: unit.stream for name, unit in units if isinstance(unit, Unit)},
            {name: unit.family for name, unit in units if isinstance(unit, FamilyUnit)},
        )

    def statuses(self) -> Sequence[StreamStatus]:
        """Return the status of every stream and family."""
        return [one.unit.status() for one in self._entries.values()]

    async def close(self) -> None:
        """Close all streams at the same time: each may have to wait for a login."""
        units = [one.unit for one in self._entries.values()]
        self._entries = {}
        await asyncio.gather(self._leaving.close(), *(unit.close() for unit in units))

    async def _built(self, name: str, plan: StreamPlan, around: Surroundings) -> _Entry:
        """Build a stream or family; the sinks of its name are kept."""
        settings, before = around.settings.streams[name], self._entries.get(name)
        sinks = before.sinks if before else self._sinks.of_stream(name)
        sinks.tell(StreamConfigured(name, has_token=settings.token is not None))
        lifetime = Lifetime()
        try:
            unit = self._unit(name, plan, sinks, around, lifetime)
        except BaseException:
            await lifetime.end()
            raise
        return _Entry(plan, sinks, unit)

    def _unit(
        self,
        name: str,
        plan: StreamPlan,
        sinks: StreamSinks,
        around: Surroundings,
        lifetime: Lifetime,
    ) -> Unit | FamilyUnit:
        settings, entry = around.settings.streams[name], self._entries.get(name)
        same = entry is not None and plan.names_as(entry.plan)
        before = entry.unit if entry else None
        if settings.family:
            return FamilyUnit(
                name,
                settings,
                sinks,
                around,
                lifetime=lifetime,
                before=before.family if isinstance(before, FamilyUnit) else None,
                same_names=same,
            )
        known = before.stream if isinstance(before, Unit) and same else None
        return single_unit(
            name,
            settings,
            sinks,
            around,
            local=name,
            lifetime=lifetime,
            before=known,
        )
