"""A refresh token that may be good for one use: the service sends the next with each.

Lost once, a login is lost. So from the moment one is sent, the exchange belongs to
nobody's request: it goes on when its caller leaves, and the next token is put down
before anything else is done with the answer that brought it (reliability, L13).
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from proxy.clock import Clock
from proxy.core.tokens.service.messages import ServiceReply
from proxy.secret_file import SecretFile
from proxy.tasks import seen
from proxy.tokens.logins.login_lock import LoginLock
from proxy.tokens.logins.stored_token import StoredToken
from proxy.tokens.waiting import within

EXCHANGE_SECONDS = 60.0
"""How long an answer is waited for. Whoever asked has long given up; but the answer may
hold the only refresh token that is still good."""

AskService: TypeAlias = Callable[[str], Awaitable[ServiceReply]]
"""Asks the service with a refresh token."""

NextOf: TypeAlias = Callable[[ServiceReply], str | None]
"""Takes the next refresh token from an answer. Raises `SourceError` if the answer is a
success that cannot be read: what it held is not known."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came of sending a refresh token."""

    reply: ServiceReply
    doubt: str = field(default="")
    """What to tell if it was refused: an earlier answer was lost. Empty if none was."""


class RefreshToken:
    """Holds the refresh token, and has it exchanged for the next, one at a time.

    What is mutable: `_unanswered` is the one that was sent and not answered; `_flight`
    the exchange under way; `_sending` whether it has the lock: it may be sent already.
    """

    def __init__(
        self, given: str | SecretFile, clock: Clock, *, rotates: bool = True
    ) -> None:
        """`rotates` is false if the service is known to send no new ones."""
        self._stored = StoredToken(given, rotates=rotates)
        self._lock = LoginLock(given, clock) if isinstance(given, SecretFile) else None
        self._sending = False
        self._unanswered: str | None = None
        self._flight: asyncio.Task[Exchanged] | None = None

    @property
    def newest(self) -> str:
        """The newest one that is known; empty before its file was read."""
        return self._stored.newest

    @property
    def exchanging(self) -> bool:
        """Whether an exchange is under way."""
        return self._flight is not None and not self._flight.done()

    def require_storable(self) -> None:
        """Raise `SecretFileError` if the next one could not be stored.

        Where none is expected, the file may be read-only.
        """
        self._stored.require_storable()

    async def begin(self, ask: AskService, next_of: NextOf) -> asyncio.Task[Exchanged]:
        """Wait for the exchange under way to end, then begin one.

        Cancelling this wait does no harm: nothing was sent. The task that is returned
        ends by itself. Whoever awaits it shields it, and must not cancel it.
        """
        while self._flight is not None and self.exchanging:
            await asyncio.wait({self._flight})
        work = self._exchange(ask, next_of)
        self._flight = asyncio.create_task(work, name="exchange of a refresh token")
        self._flight.add_done_callback(seen)
        return self._flight

    async def close(self, clock: Clock, seconds: float) -> bool:
        """Let the exchange under way finish, for so many seconds at most.

        Return whether it did. One that still waits for its turn ends at once.
        """
        if self._flight is None:
            return True
        if self._sending and await within(clock, seconds, self._flight):
            return True
        unanswered = self._sending
        self._flight.cancel()
        await asyncio.wait({self._flight})
        return not unanswered

    def read(self) -> str:
        """Return the newest one; raise `SourceError` if its file may not be used."""
        return self._stored.read()

    def fingerprint(self) -> bytes:
        """Return what changes when others replace the file, not when we do."""
        return self._stored.fingerprint()

    async def _exchange(self, ask: AskService, next_of: NextOf) -> Exchanged:
        lock = contextlib.nullcontext() if self._lock is None else self._lock.held()
        async with lock:
            self._sending = True
            try:
                return await self._sent(ask, next_of)
            finally:
                self._sending = False

    async def _sent(self, ask: AskService, next_of: NextOf) -> Exchanged:
        stored = self._stored
        stored.recover()
        sent = stored.read()
        doubt = self._doubt(sent)
        stored.prepare(in_doubt=bool(doubt))
        earlier, self._unanswered = self._unanswered, sent
        reply = await ask(sent)
        renewed = next_of(reply)
        self._unanswered = earlier if doubt and not reply.succeeded else None
        if renewed is not None:
            stored.store(renewed)
        # A refusal says nothing about an earlier use of which no answer came.
        if stored.as_filed and (reply.succeeded or not doubt):
            stored.settled()
        return Exchanged(reply, doubt)

    def _doubt(self, sent: str) -> str:
        """Return what to tell of an earlier answer that never came; mostly nothing."""
        when = self._stored.sent_at()
        if when is None and sent != self._unanswered:
            return ""
        at = f" at {when}" if when else ""
        return (
            f"it was sent{at} and the answer, with the next refresh token, may have "
            f"been lost: log in anew and put the new refresh token{self._stored.where}"
        )
