"""Issues tokens to all workers. The parent owns the sources, logins and queues."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from proxy.app.lifetime import Lifetime
from proxy.app.sources import attempt_seconds, source_of
from proxy.app.surroundings import Surroundings
from proxy.core.tokens.refresh.refresh_policy import WATCH_SECONDS
from proxy.errors import NameUnknownError, SourceError, StartError
from proxy.tasks import started
from proxy.workers.configurations import Configurations, Held
from proxy.workers.message_bodies import MessageBody, shown, told
from proxy.workers.shared_source import SharedSource
from proxy.workers.token_results import Result

News = Callable[[int, MessageBody], None]
"""Sends news to a worker. The first argument is the worker's number."""


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """A source and its users: pairs of a worker and that worker's number for it."""

    key: tuple[Held, str]
    source: SharedSource
    lifetime: Lifetime
    users: set[tuple[int, int]] = field(default_factory=set)


class Issuer:
    """Answers the workers' questions for tokens."""

    def __init__(self, around: Surroundings, tell: News) -> None:
        self._around = around
        self._tell = tell
        self.configurations = Configurations(around, self._later)
        self._opened: dict[tuple[Held, str], _Opened] = {}
        self._used: dict[tuple[int, int], _Opened | SourceError] = {}
        self._closing = set[asyncio.Task[None]]()

    async def run(self) -> None:
        """Watch the files of the sources, until cancelled."""
        while True:
            await self._around.clock.sleep(WATCH_SECONDS)
            for opened in list(self._opened.values()):
                if opened.source.files_changed():
                    self._spread(opened, attempt=0, changed=True)

    def heard(self, worker: int, kind: str, body: MessageBody) -> None:
        """Handle a message from a worker."""
        user = (worker, body["number"])
        match kind:
            case "open":
                self._open(user, body["epoch"], body["local"])
            case "close":
                self._leave(user)
            case "back" if isinstance(opened := self._used.get(user), _Opened):
                opened.source.give_back(user)

    async def answer(self, worker: int, kind: str, body: MessageBody) -> MessageBody:
        """Answer a question from a worker; raise SourceError if that is impossible."""
        user = (worker, body["number"])
        opened = self._used.get(user, SourceError("its stream is closed"))
        if isinstance(opened, SourceError):
            raise opened.without_trace()
        await opened.lifetime.begin()
        if kind == "line":
            await opened.source.in_line(body["known"], user)
            return {}
        return _answer(await opened.source.after(body["known"]), opened.source.paid)

    def left(self, worker: int) -> None:
        """Close the sources that only this worker used, after it has ended."""
        for user in [user for user in self._used if user[0] == worker]:
            self._leave(user)

    async def close(self) -> None:
        """Close all sources and logins. Wait for answers that bring a refresh token."""
        for user in list(self._used):
            self._leave(user)
        self.configurations.close()
        while self._closing:
            await asyncio.wait(self._closing)

    def _open(self, user: tuple[int, int], epoch: int, local: str) -> None:
        name, _, member = local.partition("/")
        held = self.configurations.find(epoch, name)
        if held is None:
            self._used[user] = SourceError("the configuration has changed")
            return
        try:
            opened = self._opened.get((held, local)) or self._made(held, local, member)
        except (StartError, NameUnknownError) as error:
            self._used[user] = SourceError(str(error), recoverable=False)
            return
        self._used[user] = opened
        opened.users.add(user)

    def _made(self, held: Held, local: str, member: str) -> _Opened:
        settings = held.settings.for_member(member) if member else held.settings
        around, lifetime, key = held.around, Lifetime(), (held, local)
        if settings.token is None:
            raise StartError("the stream needs no token")
        try:
            source = source_of(
                settings.token, around, entry=settings.url, user=lifetime
            )
        except BaseException:
            self._later(lifetime.end)
            raise
        held.allowance.shared |= any(each is held for each, _ in self._opened)
        opened = _Opened(
            key,
            SharedSource(
                source,
                around.services.turn(settings.token, held.allowance),
                stream=local,
                seconds=attempt_seconds(settings.token),
                once=settings.binding == "once",
                clock=around.clock,
                came=lambda attempt: self._spread(self._opened.get(key), attempt),
            ),
            lifetime,
        )
        self._opened[key] = opened
        return opened

    def _spread(
        self, opened: _Opened | None, attempt: int, *, changed: bool = False
    ) -> None:
        """Send news about a source to all its users."""
        if opened is None:
            return
        news = {
            "attempt": attempt,
            "changed": changed,
            "paid": list(opened.source.paid),
        }
        for worker, number in opened.users:
            self._tell(worker, {"number": number, **news})

    def _leave(self, user: tuple[int, int]) -> None:
        opened = self._used.pop(user, None)
        if not isinstance(opened, _Opened):
            return
        opened.source.give_back(user)
        opened.users.discard(user)
        if not opened.users:
            self._opened.pop(opened.key, None)
            self._later(partial(_closed, opened))

    def _later(self, close: Callable[[], Awaitable[None]]) -> None:
        task = started(close, name="tokens that nobody uses")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _closed(opened: _Opened) -> None:
    try:
        await opened.source.close()
    finally:
        await opened.lifetime.end()


def _answer(result: Result, paid: Iterable[str]) -> MessageBody:
    return {
        "attempt": result.number,
        "token": shown(result.token) if result.token else None,
        "error": told(result.error) if result.error else None,
        "skew": result.skew,
        "made": result.made,
        "paid": list(paid),
    }
