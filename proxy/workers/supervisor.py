"""The workers: starts them, replaces those that die, and stops them all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial

import structlog

from proxy.clock import Clock
from proxy.errors import SourceError, StartError
from proxy.metrics.sums import Sums
from proxy.tasks import seen, started
from proxy.tokens.waiting import within
from proxy.web.all_workers import WorkerStatus
from proxy.workers.channel import ChannelClosedError
from proxy.workers.message_bodies import MessageBody
from proxy.workers.worker_slot import WorkerSlot

GATHER_SECONDS = 1.0
"""How long to wait for a worker's numbers. If it does not answer, the numbers that it
reported last are used."""

_SERVER_SECONDS = 3.0
"""How long a worker may take to stop after its players' grace time is over."""

log = structlog.get_logger()


class Supervisor:
    """All workers, by slot.

    `hello` returns the first message for a new process: the configuration in force.
    When a process has ended, `left` is called with its slot, and with True if the
    process was not asked to end.
    """

    def __init__(
        self,
        slots: Iterable[WorkerSlot],
        *,
        hello: Callable[[], MessageBody],
        left: Callable[[WorkerSlot, bool], None],
        clock: Clock,
    ) -> None:
        self.slots = tuple(slots)
        self.sums = Sums()
        """The sums of the numbers of processes that have ended."""
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Gets an error when the workers cannot be kept running."""
        self.failed.add_done_callback(seen)
        self._hello = hello
        self._left = left
        self._clock = clock
        self._began = False
        self._stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._told = asyncio.Event()
        self._catching_up = set[asyncio.Task[None]]()

    @contextlib.asynccontextmanager
    async def serving(self, grace: Callable[[], float]) -> AsyncIterator[None]:
        """Run the workers while the block lasts. The block begins when all serve.

        At the end of the block they have `grace()` seconds to finish. Cancelling this
        wait kills them. Raises StartError if they cannot start.
        """
        keep = [
            started(partial(self._keep, slot), name=f"worker {slot.number}")
            for slot in self.slots
        ]
        try:
            await self._all_serve()
            yield
            await self._drained(keep, grace() + _SERVER_SECONDS)
        finally:
            self._stop_replacing()
            for task in (*keep, *self._catching_up):
                task.cancel()
            await asyncio.wait(keep)

    def serves(self, slot: WorkerSlot) -> None:
        """Record that the process of a slot serves, with the configuration it got."""
        self._told.set()
        hello = self._hello()
        if slot.epoch != hello["epoch"]:
            task = started(
                partial(self._must_accept, slot, hello), name="configuration"
            )
            self._catching_up.add(task)
            task.add_done_callback(self._catching_up.discard)

    def tell(self, kind: str, **body: object) -> None:
        """Send a message to every worker."""
        for slot in self.slots:
            slot.channel.tell(kind, **body)

    async def gather(self, kind: str) -> list[MessageBody]:
        """Return the answers of all workers that serve and answer in time."""
        asked = (self._asked(slot, kind) for slot in self.slots if slot.ready)
        found = await asyncio.gather(*asked)
        return [body for body in found if body is not None]

    async def accepted(self, hello: MessageBody) -> tuple[str, ...]:
        """Give one worker a configuration; return why it refuses. Usually empty.

        All workers behave alike, so the first one that answers decides for all.
        """
        for slot in self.slots:
            if slot.ready:
                with contextlib.suppress(ChannelClosedError):
                    return await self._configured(slot, hello)
        return ()

    async def spread(self, hello: MessageBody) -> None:
        """Give an accepted configuration to the workers that do not have it yet."""
        lacking = [one for one in self.slots if one.ready and _lacks(one, hello)]
        await asyncio.gather(*(self._must_accept(slot, hello) for slot in lacking))

    def statuses(self) -> tuple[WorkerStatus, ...]:
        """Return the state of each worker."""
        return tuple(
            WorkerStatus(slot.number, slot.process, slot.replaced)
            for slot in self.slots
        )

    async def _keep(self, slot: WorkerSlot) -> None:
        """Keep a process running in a slot, until stopping or giving up."""
        while not self._stopping:
            began = self._clock.mono()
            try:
                how = await slot.run(self._hello())
            except StartError as error:
                how = str(error)
                if not self._began:
                    self._fail(how)
            self.sums.ended(slot.numbers)
            slot.numbers = []
            self._left(slot, not self._stopping)
            if self._stopping:
                return
            await self._replace(slot, how, self._clock.mono() - began)

    async def _replace(self, slot: WorkerSlot, how: str, lived: float) -> None:
        """Wait before the next process may start; fail if no restart will help."""
        slot.replaced += 1
        slot.restarts = slot.restarts.died(lived)
        if not self._began:
            self._fail(f"worker {slot.number} ended at the start: {how}")
        elif slot.restarts.hopeless:
            times = slot.restarts.quick
            self._fail(f"worker {slot.number} died {times} times in a row: {how}")
        wait = slot.restarts.wait
        log.warning("worker died", worker=slot.number, how=how, next_in_seconds=wait)
        await within(self._clock, wait, self._stop)

    @property
    def _stopping(self) -> bool:
        return self._stop.done()

    def _stop_replacing(self) -> None:
        if not self._stop.done():
            self._stop.set_result(None)

    def _fail(self, reason: str) -> None:
        self._stop_replacing()
        self._told.set()
        if not self.failed.done():
            self.failed.set_exception(StartError(reason))

    async def _all_serve(self) -> None:
        while not all(slot.ready for slot in self.slots):
            if self.failed.done():
                self.failed.result()
            await self._told.wait()
            self._told.clear()
        self._began = True

    async def _drained(self, keep: list[asyncio.Task[None]], seconds: float) -> None:
        self._stop_replacing()
        self.tell("drain")
        ended = asyncio.gather(*keep, return_exceptions=True)
        if not await within(self._clock, seconds, ended):
            log.warning("workers are killed", about="they did not stop in time")

    async def _asked(self, slot: WorkerSlot, kind: str) -> MessageBody | None:
        try:
            async with self._clock.timeout(GATHER_SECONDS):
                return await slot.channel.ask(kind)
        except (TimeoutError, ChannelClosedError, SourceError):
            return None

    async def _configured(
        self, slot: WorkerSlot, hello: MessageBody
    ) -> tuple[str, ...]:
        try:
            problems = (await slot.channel.ask("configure", **hello))["problems"]
        except SourceError as error:
            problems = [str(error)]
        if not problems:
            slot.epoch = hello["epoch"]
        return tuple(problems)

    async def _must_accept(self, slot: WorkerSlot, hello: MessageBody) -> None:
        """Give a worker a configuration that others accepted; kill it if it refuses."""
        with contextlib.suppress(ChannelClosedError):
            if problems := await self._configured(slot, hello):
                log.error("worker is replaced", worker=slot.number, reason=problems[0])
                slot.kill()


def _lacks(slot: WorkerSlot, hello: MessageBody) -> bool:
    return bool(slot.epoch != hello["epoch"])
