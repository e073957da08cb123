"""One worker's slot: its sockets, and the process that runs there now."""

import asyncio
import contextlib
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from proxy.errors import StartError
from proxy.metrics.sums import Numbers
from proxy.tasks import started
from proxy.workers.channel import Channel
from proxy.workers.message_bodies import MessageBody
from proxy.workers.restarts import Restarts
from proxy.workers.sockets import Row

_ROOT = str(Path(__file__).parents[2])
# Not `-m proxy`: that would import a `proxy` from the current folder, if there is one.
_CODE = "import sys; sys.path.insert(0, sys.argv.pop(1)); import proxy.__main__"

_LAST_WORDS_SECONDS = 1.0

_OF_THE_PARENT = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "NOTIFY_SOCKET")
"""Variables that a supervisor sets only for the process that it started."""


class WorkerSlot:
    """The place of one worker, whose process may be replaced.

    `answer` and `heard` are called with the questions and messages of its process.
    Mutable state: everything about the process that runs here now.
    """

    def __init__(
        self,
        number: int,
        sockets: Row,
        *,
        environ: Mapping[str, str],
        answer: Callable[["WorkerSlot", str, MessageBody], Awaitable[MessageBody]],
        heard: Callable[["WorkerSlot", str, MessageBody], None],
    ) -> None:
        self.number = number
        self.restarts = Restarts()
        self.replaced = 0
        """How often its process died."""
        self.numbers: Numbers = []
        """The metrics that its process reported last."""
        self.epoch = 0
        """The number of the configuration that its process was given."""
        self.channel = Channel(self._answer, self._hear)
        self._sockets = sockets
        self._environ = {
            name: value for name, value in environ.items() if name not in _OF_THE_PARENT
        }
        self._answers = answer
        self._hears = heard
        self._process: Process | None = None
        self._serves = False
        self._failure: StartError | None = None

    @property
    def process(self) -> int:
        """The id of the process that runs here; 0 if there is none."""
        return self._process.pid if self._process else 0

    @property
    def ready(self) -> bool:
        """Whether its process serves players."""
        return self._serves and self._process is not None

    async def run(self, hello: MessageBody) -> str:
        """Run a process until it has ended; return how it ended, in words.

        Raises StartError with the reason if it cannot start. Cancelling kills it.
        """
        self._serves, self._failure = False, None
        self.channel = channel = Channel(self._answer, self._hear)
        ours, theirs = socket.socketpair()
        await channel.open(ours)
        talk = started(channel.run, name=f"channel of worker {self.number}")
        try:
            with contextlib.closing(theirs):
                self._process = process = await self._started(theirs)
            self._greet(hello)
            status = await process.wait()
            # Its last messages may still be in the channel.
            await asyncio.wait({talk}, timeout=_LAST_WORDS_SECONDS)
        finally:
            await self._vacate()
            talk.cancel()
            await channel.close()
        if self._failure:
            raise self._failure
        return _ending(status)

    async def _vacate(self) -> None:
        """Kill the process if it still runs, and wait for its end."""
        self.kill()
        process, self._process = self._process, None
        if process is not None:
            await process.wait()

    def kill(self) -> None:
        """Kill its process."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _started(self, theirs: socket.socket) -> Process:
        handed = [one.fileno() for one in self._sockets]
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-c", _CODE, _ROOT, "worker", str(theirs.fileno())),
                stdin=DEVNULL,
                env=self._environ,
                pass_fds=(theirs.fileno(), *handed),
            )
        except OSError as exc:
            raise StartError(f"a worker cannot be started: {exc.strerror}") from exc

    def _greet(self, hello: MessageBody) -> None:
        self.epoch = hello["epoch"]
        handed = [one.fileno() for one in self._sockets]
        self.channel.tell("hello", worker=self.number, sockets=handed, **hello)

    async def _answer(self, kind: str, body: MessageBody) -> MessageBody:
        return await self._answers(self, kind, body)

    def _hear(self, kind: str, body: MessageBody) -> None:
        match kind:
            case "ready":
                self._serves = True
            case "failed":
                self._failure = StartError(body["reason"])
            case "numbers":
                self.numbers = body["numbers"]
        self._hears(self, kind, body)


def _ending(status: int) -> str:
    """Return how a process ended, in words."""
    if status >= 0:
        return f"status {status}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"
