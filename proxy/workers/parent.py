"""The parent process of the workers. It does what must be done only once.

It opens the sockets, asks token services, reads the configuration, talks to the service
manager and adds up what the workers report. It serves no players itself.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from pathlib import Path

from proxy.app.locations import Running
from proxy.app.registry import Changes
from proxy.app.reloading import Reloader, reloading
from proxy.app.sinks import Sinks
from proxy.app.surroundings import DISTRIBUTION, Surroundings, surroundings_of
from proxy.clock import Clock
from proxy.errors import BuildError, SourceError, StartError
from proxy.events.event import Event
from proxy.events.reload import Reloaded
from proxy.metrics import Metrics
from proxy.metrics.sums import rendered
from proxy.observe.event_counts import EventCounts
from proxy.observe.event_log import EventLog
from proxy.service_manager import ServiceManager
from proxy.settings import Settings
from proxy.web.listening import address_of, handed_over
from proxy.web.server import require_c_parser
from proxy.workers.common_folder import CommonFolder, common_folder
from proxy.workers.issuer import Issuer
from proxy.workers.message_bodies import MessageBody, packed
from proxy.workers.sockets import Row, shared
from proxy.workers.status_sums import status_body, stored, together
from proxy.workers.supervisor import Supervisor
from proxy.workers.worker_slot import WorkerSlot


@contextlib.asynccontextmanager
async def presiding(
    settings: Settings,
    workers: int,
    *,
    environ: Mapping[str, str],
    clock: Clock,
    rng: random.Random,
    config: Path,
    changed: Callable[[Settings], None] = lambda _: None,
) -> AsyncIterator[Running]:
    """Run this many workers while the block lasts.

    The other arguments are those of `program.running`. Raises StartError if the workers
    cannot start. If they keep dying, a future in `failures` of the result gets an
    error.
    """
    require_c_parser()
    manager = ServiceManager.of(environ)
    around = surroundings_of(settings, environ=environ, clock=clock, rng=rng)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(around.close)
        handed = handed_over(environ)
        rows = stack.enter_context(shared(settings.server.listen, handed, workers))
        room = common_folder(settings.store.memory_bytes, workers)
        parent = Parent(around, rows, changed, stack.enter_context(room))
        stack.push_async_callback(parent.issuer.close)
        await parent.prepare()
        await stack.enter_async_context(parent.supervisor.serving(parent.grace))
        reloader = await stack.enter_async_context(
            reloading(around, config, manager, apply=parent.apply, tell=parent.tell)
        )
        parent.follow(reloader)
        await stack.enter_async_context(_running(parent.issuer))
        addresses = tuple(map(address_of, rows[0]))
        manager.ready(f"{len(settings.streams)} streams")
        stack.callback(manager.stopping)
        running = Running.of(settings, addresses, reloader.ask)
        running.failures.append(parent.supervisor.failed)
        yield running


class Parent:
    """What exists once for all workers.

    Mutable state: `_hello` is the first message for a new worker: the configuration in
    force.
    """

    def __init__(
        self,
        around: Surroundings,
        rows: tuple[Row, ...],
        changed: Callable[[Settings], None],
        folder: CommonFolder | None = None,
    ) -> None:
        """`folder` is for what the workers have in common; None: for nothing."""
        self._folder = folder
        self._around = around
        self._settings = around.settings
        self._changed = changed
        self._metrics = Metrics(version(DISTRIBUTION))
        self._reloader: Reloader | None = None
        self._hello: MessageBody = {}
        self.tell = Sinks(EventCounts(self._metrics), EventLog(), self._reloaded).tell
        self.issuer = Issuer(around, self._news)
        slot = partial(
            WorkerSlot, environ=around.environ, answer=self._answer, heard=self._heard
        )
        self.supervisor = Supervisor(
            (slot(number, row) for number, row in enumerate(rows, 1)),
            hello=lambda: self._hello,
            left=self._left,
            clock=around.clock,
        )

    async def prepare(self) -> None:
        """Prepare the configuration for the first worker; may raise BuildError."""
        epoch, _ = await self.issuer.configurations.prepare(self._settings)
        self._hello = self._hello_of(epoch, self._settings)

    def follow(self, reloader: Reloader) -> None:
        """Send the workers the state of the configuration, now and when it changes."""
        self._reloader = reloader
        self._tell_configuration()

    def grace(self) -> float:
        """Return how many seconds running transfers may go on when stopping."""
        return self._settings.server.shutdown_seconds

    async def apply(self, settings: Settings) -> Changes:
        """Give all workers these settings; raise BuildError if a worker refuses."""
        epoch, changes = await self.issuer.configurations.prepare(settings)
        hello = self._hello_of(epoch, settings)
        problems = await self.supervisor.accepted(hello)
        if problems:
            self.issuer.configurations.revert(epoch)
            raise BuildError(tuple(map(StartError, problems)))
        self._hello, self._settings = hello, settings
        await self.supervisor.spread(hello)
        self.issuer.configurations.commit(epoch)
        self._changed(settings)
        return changes

    def _hello_of(self, epoch: int, settings: Settings) -> MessageBody:
        folder = self._folder
        return {
            "epoch": epoch,
            "settings": packed(settings),
            "since": self.issuer.configurations.since(epoch),
            "common": None if folder is None else str(folder.path),
            "workers": len(self.supervisor.slots),
        }

    def _reloaded(self, event: Event) -> None:
        if isinstance(event, Reloaded):
            self._tell_configuration()

    def _tell_configuration(self, slot: WorkerSlot | None = None) -> None:
        if self._reloader is not None:
            body = asdict(self._reloader.status)
            (slot.channel if slot else self.supervisor).tell("configuration", **body)

    def _news(self, worker: int, body: MessageBody) -> None:
        self.supervisor.slots[worker - 1].channel.tell("news", **body)

    def _left(self, slot: WorkerSlot, unasked: bool) -> None:  # noqa: FBT001 - a callback
        self.issuer.left(slot.number)
        if self._folder is not None:
            self._folder.clear(slot.number)
        if unasked:
            self._metrics.program.worker_died()

    def _heard(self, slot: WorkerSlot, kind: str, body: MessageBody) -> None:
        match kind:
            case "ready":
                self.supervisor.serves(slot)
                self._tell_configuration(slot)
            case "open" | "close" | "back":
                self.issuer.heard(slot.number, kind, body)

    async def _answer(
        self, slot: WorkerSlot, kind: str, body: MessageBody
    ) -> MessageBody:
        match kind:
            case "token" | "line":
                return await self.issuer.answer(slot.number, kind, body)
            case "metrics":
                return {"text": (await self._text()).decode()}
            case "status":
                parts = await self.supervisor.gather("streams")
                streams = together(part["streams"] for part in parts)
                held = stored(part["store"] for part in parts)
                return {
                    "streams": list(map(status_body, streams)),
                    "workers": [asdict(each) for each in self.supervisor.statuses()],
                    "store": asdict(held) if held else None,
                }
            case _:
                raise SourceError("no such question")

    async def _text(self) -> bytes:
        for body in await self.supervisor.gather("numbers"):
            self.supervisor.slots[body["worker"] - 1].numbers = body["numbers"]
        self._metrics.program.workers(sum(slot.ready for slot in self.supervisor.slots))
        parts = [
            self._metrics.plain(),
            *(slot.numbers for slot in self.supervisor.slots),
        ]
        return await asyncio.to_thread(rendered, self.supervisor.sums.whole(parts))


@contextlib.asynccontextmanager
async def _running(issuer: Issuer) -> AsyncIterator[None]:
    task = asyncio.create_task(issuer.run(), name="watch on the files of tokens")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
