"""One worker: serves players, and asks its parent for what exists only once."""

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from proxy.app.commons import Commons
from proxy.app.program import Program, built
from proxy.app.surroundings import Surroundings, surroundings_of
from proxy.clock import Clock
from proxy.errors import BuildError, SourceError, StartError
from proxy.events.reload import ConfigurationLoaded
from proxy.settings import Settings
from proxy.streams.status import StoreStatus
from proxy.tasks import started
from proxy.tokens.waiting import within
from proxy.web.all_workers import WholeStatus, WorkerStatus
from proxy.web.configuration import ConfigurationStatus
from proxy.web.server import serving
from proxy.workers.channel import Channel, ChannelClosedError
from proxy.workers.common_folder import CommonFolder
from proxy.workers.commons import commons_of
from proxy.workers.distant_tokens import DistantTokens
from proxy.workers.message_bodies import MessageBody, settings_of
from proxy.workers.status_sums import status_of

REPORT_SECONDS = 10.0
"""How often a worker reports its numbers unasked. If it is killed, the numbers since
the last report are lost."""


class Worker:
    """A worker, and its conversation with the parent.

    Mutable state: `program` is what serves players; None until it is built.
    """

    def __init__(
        self,
        changed: Callable[[Settings, int], None],
        *,
        serves: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `changed` with the settings in force and the number of the worker.

        `serves` is called once everything is built.
        """
        self.stop = asyncio.Event()
        """Set when the worker should stop: the parent says so, or has ended."""
        self.channel = Channel(self._answer, self._heard)
        self.tokens = DistantTokens(self.channel)
        self.program: Program | None = None
        self.number = 0
        self._changed = changed
        self._serves = serves
        self._hello: asyncio.Future[MessageBody] = (
            asyncio.get_running_loop().create_future()
        )
        self._status: ConfigurationStatus | None = None
        self._since: Mapping[str, int] = {}

    async def run(
        self,
        end: socket.socket,
        *,
        environ: Mapping[str, str],
        clock: Clock,
        rng: random.Random,
    ) -> bool:
        """Serve players until the parent ends it; return whether it could start.

        `end` is this process's end of the channel to the parent.
        """
        await self.channel.open(end)
        talk = started(self.channel.run, name="channel to the parent")
        talk.add_done_callback(lambda _: self.stop.set())
        try:
            hello = await self._greeted()
            if hello is None:
                return False
            settings = self._take(hello)
            around = surroundings_of(
                settings,
                environ=environ,
                clock=clock,
                rng=rng,
                elsewhere=self.tokens,
                commons=self._commons(hello, clock),
            )
            await self._serve(around, hello["sockets"])
            self._report()
        except StartError as error:
            self.channel.tell("failed", reason=str(error))
            return False
        finally:
            await self.channel.close()
            talk.cancel()
        return True

    async def _serve(self, around: Surroundings, numbers: list[int]) -> None:
        """Serve on these inherited sockets until the parent ends it."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(around.close)
            program = await stack.enter_async_context(built(around))
            await stack.enter_async_context(self._served(program, _sockets(numbers)))
            await self._reporting(around.clock)

    async def metrics(self) -> bytes | None:
        """Return the metrics of all workers; None if the parent does not answer."""
        with contextlib.suppress(ChannelClosedError, SourceError):
            return str((await self.channel.ask("metrics"))["text"]).encode()
        return None

    async def status(self) -> WholeStatus | None:
        """Return the state of all workers; None if the parent does not answer."""
        with contextlib.suppress(ChannelClosedError, SourceError):
            body = await self.channel.ask("status")
            return WholeStatus(
                [status_of(each) for each in body["streams"]],
                tuple(WorkerStatus(**each) for each in body["workers"]),
                StoreStatus(**held) if (held := body.get("store")) else None,
            )
        return None

    async def _greeted(self) -> MessageBody | None:
        """Return the first message of the parent; None if the parent has ended."""
        stop = self._stopped()
        first: set[asyncio.Future[Any]] = {stop, self._hello}
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
        return self._hello.result() if self._hello.done() else None

    def _stopped(self) -> asyncio.Task[Any]:
        """Return a task that ends when it is time to stop."""
        return started(self.stop.wait, name="wait for the end")

    def _take(self, hello: MessageBody) -> Settings:
        settings = settings_of(hello["settings"])
        self.number = hello["worker"]
        self.tokens.epoch, self._since = hello["epoch"], hello.get("since", {})
        self._changed(settings, self.number)
        return settings

    def _commons(self, hello: MessageBody, clock: Clock) -> Commons | None:
        """Return what all workers have in common; None if there is no folder for it."""
        if hello.get("common") is None:
            return None
        folder = CommonFolder(Path(hello["common"]), hello["workers"])
        return commons_of(folder, self.number, self._generation_of, clock=clock)

    def _generation_of(self, local: str) -> int:
        return self._since.get(local.partition("/")[0], 0)

    @contextlib.asynccontextmanager
    async def _served(
        self, program: Program, sockets: tuple[socket.socket, ...]
    ) -> AsyncIterator[None]:
        program.changed = lambda settings: self._changed(settings, self.number)
        program.app.whole = self
        async with serving(program.app, sockets):
            self.program = program
            self._follow()
            self._serves()
            self.channel.tell("ready")
            yield

    async def _reporting(self, clock: Clock) -> None:
        """Report the numbers every REPORT_SECONDS, until it is time to stop."""
        stop = self._stopped()
        try:
            while not await within(clock, REPORT_SECONDS, stop):
                self._report()
        finally:
            stop.cancel()

    def _report(self) -> None:
        self.channel.tell("numbers", **self._numbers())

    def _numbers(self) -> MessageBody:
        program = self.program
        numbers = program.app.metrics.plain() if program else []
        return {"worker": self.number, "numbers": numbers}

    def _heard(self, kind: str, body: MessageBody) -> None:
        match kind:
            case "hello" if not self._hello.done():
                self._hello.set_result(body)
            case "news":
                self.tokens.news(body)
            case "configuration":
                self._status = ConfigurationStatus(**body)
                self._follow()
            case "drain":
                self.stop.set()

    def _follow(self) -> None:
        """Show the state of the configuration that the parent sent last."""
        status = self._status
        if self.program is not None and status is not None:
            self.program.app.configuration = lambda: status

    async def _answer(self, kind: str, body: MessageBody) -> MessageBody:
        if self.program is None:
            raise SourceError("the worker does not serve yet")
        match kind:
            case "numbers":
                return self._numbers()
            case "streams":
                app = self.program.app
                return {
                    "streams": [asdict(each) for each in app.status()],
                    "store": asdict(app.store()) if app.store else None,
                }
            case "configure":
                return {"problems": await self._configure(self.program, body)}
            case _:
                raise SourceError("no such question")

    async def _configure(self, program: Program, body: MessageBody) -> list[str]:
        """Apply a configuration; return the problems, usually none."""
        before = self.tokens.epoch, self._since
        self.tokens.epoch, self._since = body["epoch"], body.get("since", {})
        try:
            await program.apply(settings_of(body["settings"]))
            program.app.tell(ConfigurationLoaded(program.around.clock.wall()))
        except BuildError as error:
            self.tokens.epoch, self._since = before
            return list(map(str, error.problems))
        return []


def _sockets(numbers: list[int]) -> tuple[socket.socket, ...]:
    """Return the sockets that were handed to this process."""
    for number in numbers:
        os.set_inheritable(number, False)  # noqa: FBT003 - its only form
    return tuple(socket.socket(fileno=number) for number in numbers)
