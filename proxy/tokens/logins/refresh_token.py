"""A refresh token that may be usable once: each use returns the next one.

If one is lost, the login is lost. So once a refresh token is sent, the exchange does
not depend on any request: it continues when its caller leaves. The next token is stored
before anything else is done with the answer (reliability, L13).
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
"""The timeout of an exchange. The caller has given up long before, but the answer may
hold the only refresh token that is still valid."""

AskService: TypeAlias = Callable[[str], Awaitable[ServiceReply]]
"""Asks the service with a refresh token."""

NextOf: TypeAlias = Callable[[ServiceReply], str | None]
"""Returns the next refresh token in an answer. Raises `SourceError` if the answer is a
success but unreadable: its refresh token is then unknown."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The result of sending a refresh token."""

    reply: ServiceReply
    doubt: str = field(default="")
    """What to add to the error if it was refused: an earlier answer was lost. Otherwise
    empty."""


class RefreshToken:
    """Holds the refresh token and exchanges it for the next, one exchange at a time.

    Mutable state: `_unanswered` is the token that was sent and not answered. `_flight`
    is the running exchange. `_sending` is true once the exchange has the lock; the
    token may then have been sent.
    """

    def __init__(
        self, given: str | SecretFile, clock: Clock, *, rotates: bool = True
    ) -> None:
        """Use the given token; `rotates` is false if the service sends no new ones."""
        self._stored = StoredToken(given, rotates=rotates)
        self._lock = LoginLock(given, clock) if isinstance(given, SecretFile) else None
        self._sending = False
        self._unanswered: str | None = None
        self._flight: asyncio.Task[Exchanged] | None = None

    @property
    def newest(self) -> str:
        """The newest known refresh token; empty before its file was read."""
        return self._stored.newest

    @property
    def exchanging(self) -> bool:
        """Whether an exchange is running."""
        return self._flight is not None and not self._flight.done()

    def require_storable(self) -> None:
        """Raise `SecretFileError` if the next refresh token could not be stored.

        If no new one is expected, the file may be read-only.
        """
        self._stored.require_storable()

    async def begin(self, ask: AskService, next_of: NextOf) -> asyncio.Task[Exchanged]:
        """Wait for the running exchange to end, then begin one.

        Cancelling this wait does no harm: nothing was sent. The returned task ends by
        itself. Its caller must await it with a shield and must not cancel it.
        """
        while self._flight is not None and self.exchanging:
            await asyncio.wait({self._flight})
        work = self._exchange(ask, next_of)
        self._flight = asyncio.create_task(work, name="exchange of a refresh token")
        self._flight.add_done_callback(seen)
        return self._flight

    async def close(self, clock: Clock, seconds: float) -> bool:
        """Let the running exchange finish, within this many seconds.

        Return whether it finished. An exchange that still waits for the lock ends at
        once.
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
        """Return the newest one; raise `SourceError` if its file is unusable."""
        return self._stored.read()

    def fingerprint(self) -> bytes:
        """Return a value that changes when others replace the file, not when we do."""
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
        # A refusal says nothing about an earlier use that was not answered.
        if stored.as_filed and (reply.succeeded or not doubt):
            stored.settled()
        return Exchanged(reply, doubt)

    def _doubt(self, sent: str) -> str:
        """Return the message about an earlier answer that never came, usually empty."""
        when = self._stored.sent_at()
        if when is None and sent != self._unanswered:
            return ""
        at = f" at {when}" if when else ""
        return (
            f"it was sent{at} and the answer, with the next refresh token, may have "
            f"been lost: log in anew and put the new refresh token{self._stored.where}"
        )
