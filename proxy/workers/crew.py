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
from proxy.web.whole import WorkerStatus
from proxy.workers.bodies import Body
from proxy.workers.channel import ChannelClosedError
from proxy.workers.seat import Seat

GATHER_SECONDS = 1.0
"""How long to wait for a worker's numbers. If it does not answer, the numbers that it
reported last are used."""

_SERVER_SECONDS = 3.0
"""How long a worker may take to stop after its players' grace time is over."""

log = structlog.get_logger()


class Crew:
    """All workers, by seat.

    `hello` returns the first message for a new process: the configuration in force.
    When a process has ended, `left` is called with its seat, and with True if the
    process was not asked to end.
    """

    def __init__(
        self,
        seats: Iterable[Seat],
        *,
        hello: Callable[[], Body],
        left: Callable[[Seat, bool], None],
        clock: Clock,
    ) -> None:
        self.seats = tuple(seats)
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
            started(partial(self._keep, seat), name=f"worker {seat.number}")
            for seat in self.seats
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

    def serves(self, seat: Seat) -> None:
        """Record that the process of a seat serves, with the configuration it got."""
        self._told.set()
        hello = self._hello()
        if seat.epoch != hello["epoch"]:
            task = started(
                partial(self._must_accept, seat, hello), name="configuration"
            )
            self._catching_up.add(task)
            task.add_done_callback(self._catching_up.discard)

    def tell(self, kind: str, **body: object) -> None:
        """Send a message to every worker."""
        for seat in self.seats:
            seat.channel.tell(kind, **body)

    async def gather(self, kind: str) -> list[Body]:
        """Return the answers of all workers that serve and answer in time."""
        asked = (self._asked(seat, kind) for seat in self.seats if seat.ready)
        found = await asyncio.gather(*asked)
        return [body for body in found if body is not None]

    async def accepted(self, hello: Body) -> tuple[str, ...]:
        """Give one worker a configuration; return why it refuses. Usually empty.

        All workers behave alike, so the first one that answers decides for all.
        """
        for seat in self.seats:
            if seat.ready:
                with contextlib.suppress(ChannelClosedError):
                    return await self._configured(seat, hello)
        return ()

    async def spread(self, hello: Body) -> None:
        """Give an accepted configuration to the workers that do not have it yet."""
        lacking = [one for one in self.seats if one.ready and _lacks(one, hello)]
        await asyncio.gather(*(self._must_accept(seat, hello) for seat in lacking))

    def statuses(self) -> tuple[WorkerStatus, ...]:
        """Return the state of each worker."""
        return tuple(
            WorkerStatus(seat.number, seat.process, seat.replaced)
            for seat in self.seats
        )

    async def _keep(self, seat: Seat) -> None:
        """Keep a process running in a seat, until stopping or giving up."""
        while not self._stopping:
            began = self._clock.mono()
            try:
                how = await seat.sit(self._hello())
            except StartError as error:
                how = str(error)
                if not self._began:
                    self._fail(how)
            self.sums.ended(seat.numbers)
            seat.numbers = []
            self._left(seat, not self._stopping)
            if self._stopping:
                return
            await self._replace(seat, how, self._clock.mono() - began)

    async def _replace(self, seat: Seat, how: str, lived: float) -> None:
        """Wait before the next process may start; fail if no restart will help."""
        seat.replaced += 1
        seat.restarts = seat.restarts.died(lived)
        if not self._began:
            self._fail(f"worker {seat.number} ended at the start: {how}")
        elif seat.restarts.hopeless:
            times = seat.restarts.quick
            self._fail(f"worker {seat.number} died {times} times in a row: {how}")
        wait = seat.restarts.wait
        log.warning("worker died", worker=seat.number, how=how, next_in_seconds=wait)
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
        while not all(seat.ready for seat in self.seats):
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

    async def _asked(self, seat: Seat, kind: str) -> Body | None:
        try:
            async with self._clock.timeout(GATHER_SECONDS):
                return await seat.channel.ask(kind)
        except (TimeoutError, ChannelClosedError, SourceError):
            return None

    async def _configured(self, seat: Seat, hello: Body) -> tuple[str, ...]:
        try:
            problems = (await seat.channel.ask("configure", **hello))["problems"]
        except SourceError as error:
            problems = [str(error)]
        if not problems:
            seat.epoch = hello["epoch"]
        return tuple(problems)

    async def _must_accept(self, seat: Seat, hello: Body) -> None:
        """Give a worker a configuration that others accepted; kill it if it refuses."""
        with contextlib.suppress(ChannelClosedError):
            if problems := await self._configured(seat, hello):
                log.error("worker is replaced", worker=seat.number, reason=problems[0])
                seat.kill()


def _lacks(seat: Seat, hello: Body) -> bool:
    return bool(seat.epoch != hello["epoch"])
