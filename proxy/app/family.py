"""A family of streams with its own lifetime; each of its members is a unit."""

from functools import partial
from types import TracebackType
from typing import Self

from proxy.app.common import common_of
from proxy.app.lifetime import Lifetime
from proxy.app.removed_streams import GRACE_SECONDS, RemovedStreams
from proxy.app.sinks import StreamSinks
from proxy.app.surroundings import Surroundings
from proxy.app.unit import Unit, unit_of
from proxy.clock import Timer
from proxy.errors import NameUnknownError
from proxy.settings.stream.stream import StreamSettings
from proxy.streams.directory import Family
from proxy.streams.selections import Selections
from proxy.streams.status import StreamStatus


class FamilyUnit:
    """A family: creates members when players request them, closes unused ones."""

    def __init__(
        self,
        name: str,
        settings: StreamSettings,
        sinks: StreamSinks,
        around: Surroundings,
        *,
        lifetime: Lifetime,
        before: Family | None = None,
        same_names: bool = False,
    ) -> None:
        """Build the family; raises StartError if that fails.

        After a failure the caller must end the lifetime. The error is raised here and
        not when a member is built: by then a player is already waiting. `before` is the
        family that this one replaces. `same_names` says whether local names mean the
        same in both.
        """
        limits = around.settings.limits
        self._settings = settings
        self._around = around
        self._lifetime = lifetime
        self._leaving = RemovedStreams(clock=around.clock)
        self._common = common_of(name, settings, sinks, around, lifetime)
        self._closed = False
        self._members: dict[Selections, Unit] = {}
        self.family = Family(
            name,
            self._made,
            limit=limits.family_members,
            new_per_minute=limits.new_members_per_minute,
            clock=around.clock,
            left=self._left,
            before=before,
        )
        self._before = before if same_names else None
        if self._before is not None:
            forget = around.clock.call_later(GRACE_SECONDS, self._forget)
            lifetime.closes(partial(_cancel, forget))

    async def __aenter__(self) -> Self:
        """Start the family's tasks."""
        await self.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the family."""
        await self.close()

    async def begin(self) -> None:
        """Keep a token that all members share fresh from now on."""
        await self._lifetime.begin()

    async def idle(self) -> None:
        """Wait until no member has a request in progress."""
        for member in list(self._members.values()):
            await member.idle()

    async def close(self) -> None:
        """Close all members, then what they share."""
        self._closed = True
        self._before = None
        for member in self._members.values():
            self._leaving.add(member.idle, member.close)
        self._members.clear()
        try:
            await self._leaving.close()
        finally:
            await self._lifetime.end()

    def status(self) -> StreamStatus:
        """Return the status of the family for the status page."""
        stored = self._common.sinks.stored
        return StreamStatus(
            self._common.name,
            family=True,
            members=len(self.family),
            last_problem=self._common.sinks.problem.text,
            store=stored.use() if self._settings.store.keep else None,
        )

    def _made(self, member_id: str) -> Selections:
        if self._closed:
            raise NameUnknownError("no such stream")
        chosen = self._settings.for_member(member_id)
        lifetime = Lifetime()
        try:
            member = unit_of(
                chosen,
                self._common,
                self._around,
                local=f"{self._common.name}/{member_id}",
                lifetime=lifetime,
                before=None if self._before is None else self._before.peek(member_id),
            )
        except BaseException:
            self._leaving.add(_at_once, lifetime.end)
            raise
        self._common.allowance.shared |= bool(self._members)
        self._members[member.stream] = member
        return member.stream

    def _peek(self, member_id: str) -> Selections | None:
        return None if self._before is None else self._before.peek(member_id)

    def _forget(self) -> None:
        """Drop the replaced family: its players have come back by now."""
        self._before = None

    def _left(self, stream: Selections) -> None:
        member = self._members.pop(stream)
        self._leaving.add(member.idle, member.close)


async def _cancel(timer: Timer) -> None:
    timer.cancel()


async def _at_once() -> None:
    """Return at once: the member was never built, so it has no players."""
