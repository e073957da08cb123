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
from proxy.core.tokens.service import ServiceReply
from proxy.errors import SecretFileError, SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tasks import seen
from proxy.tokens.login_lock import LoginLock
from proxy.tokens.use_note import UseNote
from proxy.tokens.waiting import within

EXCHANGE_SECONDS = 60.0
"""How long an answer is waited for. Whoever asked has long given up; but the answer may
hold the only refresh token that is still good."""

Ask: TypeAlias = Callable[[str], Awaitable[ServiceReply]]
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
    """Holds the refresh token, in a file or in memory alone, and has it exchanged.

    What is mutable: `_current` is the newest one; `_read` what the file held when it
    was last read or written; `_ours` the file's fingerprint after we wrote to it, and
    the one before, which it goes by; `_lost` what it held when it could not be written;
    `_unanswered` the one that was sent and not answered; `_flight` the exchange under
    way; `_sending` whether it has the lock: it may be sent already.
    """

    def __init__(
        self, given: str | SecretFile, clock: Clock, *, rotates: bool = True
    ) -> None:
        """`rotates` is false if the service is known to send no new ones."""
        self._rotates = rotates
        self._file = given if isinstance(given, SecretFile) else None
        self._note = None if self._file is None else UseNote(self._file)
        self._lock = None if self._file is None else LoginLock(self._file, clock)
        self._sending = False
        self._current = given if isinstance(given, str) else ""
        self._read = self._current
        self._ours: tuple[bytes, bytes] | None = None
        self._lost: str | None = None
        self._unanswered: str | None = None
        self._flight: asyncio.Task[Exchanged] | None = None

    @property
    def exchanging(self) -> bool:
        """Whether an exchange is under way."""
        return self._flight is not None and not self._flight.done()

    def require_storable(self) -> None:
        """Raise `SecretFileError` if the next one could not be stored.

        Where none is expected, the file may be read-only.
        """
        if self._file is not None and self._rotates:
            self._file.require_writable()

    async def begin(self, ask: Ask, next_of: NextOf) -> asyncio.Task[Exchanged]:
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
        """Return the newest one; raise `SourceError` if its file may not be used.

        Another content of the file was put there by somebody on purpose: it counts.
        """
        if self._file is None:
            return self._current
        try:
            content = self._file.text()
        except StartError as exc:
            if self._current:
                return self._current
            raise SourceError(str(exc), recoverable=False) from exc
        if content != self._read:
            self._current = self._read = content
        return self._current

    def store(self, renewed: str) -> None:
        """Put down the next one.

        Raise `SourceError` if the file cannot be written: the login goes on in memory,
        to be lost at a restart. Once for each content of the file; then it passes.
        """
        self._current = renewed
        if self._file is None or renewed == self._read:
            return
        seen, held = self.fingerprint(), self._read
        try:
            if self._file.text() != held:
                return  # replaced meanwhile: what others put there is newer
            self._file.write(renewed)
        except StartError as exc:
            if held == self._lost:
                return
            self._lost = held
            why = (
                ""
                if self._rotates
                else "the service rotates; expected rotates = true: "
            )
            raise SourceError(
                f"a new refresh token is not stored, a restart would lose it: "
                f"{why}{exc}",
                recoverable=self._rotates,
            ) from exc
        if self._note is not None:
            self._note.clear()
        self._read = renewed
        self._ours = self._file.fingerprint(), seen

    def fingerprint(self) -> bytes:
        """Return what changes when others replace the file, not when we do."""
        if self._file is None:
            return b""
        found = self._file.fingerprint()
        if self._ours is not None and found == self._ours[0]:
            return self._ours[1]
        return found

    async def _exchange(self, ask: Ask, next_of: NextOf) -> Exchanged:
        lock = contextlib.nullcontext() if self._lock is None else self._lock.held()
        async with lock:
            self._sending = True
            try:
                return await self._sent(ask, next_of)
            finally:
                self._sending = False

    async def _sent(self, ask: Ask, next_of: NextOf) -> Exchanged:
        self._recover()
        sent = self.read()
        doubt = self._doubt(sent)
        self._prepare(doubt)
        earlier, self._unanswered = self._unanswered, sent
        reply = await ask(sent)
        renewed = next_of(reply)
        self._unanswered = earlier if doubt and not reply.succeeded else None
        if renewed is not None:
            self.store(renewed)
        if self._note is not None and self._stands(reply, doubt):
            self._note.clear()
        return Exchanged(reply, doubt)

    def _recover(self) -> None:
        """Take up the next one if a program was killed before it had it in its place.

        If the place still cannot be written, the next one stays beside it.
        """
        if self._file is None or self._note is None:
            return
        try:
            seen, content = self.fingerprint(), self._file.text()
            renewed = self._note.answer_to(content)
            if renewed is None:
                self._file.drop_next()
                return
            self._file.take_next(renewed)
        except StartError:
            return
        self._note.clear()
        self._ours = self._file.fingerprint(), seen

    def _prepare(self, doubt: str) -> None:
        """Make sure that the next one can be stored, and note that one is sent.

        Raise `SourceError` if not: what is sent now would be used up. If what the file
        holds is used up already, nothing more is to be lost.
        """
        if self._note is None or self._current != self._read:
            return
        try:
            self.require_storable()
            if not doubt:
                self._note.write(self._read)
        except SecretFileError as exc:
            if self._rotates:
                raise SourceError(
                    f"the refresh token was not sent, because the next one could not "
                    f"be stored: {exc}"
                ) from exc

    def _stands(self, reply: ServiceReply, doubt: str) -> bool:
        """Tell whether what the file holds is known to be good, or judged.

        A refusal says nothing about an earlier use of which no answer came.
        """
        return self._current == self._read and (reply.succeeded or not doubt)

    def _doubt(self, sent: str) -> str:
        """Return what to tell of an earlier answer that never came; mostly nothing."""
        when = self._note.sent_at(self._read) if self._note is not None else None
        if when is None and sent != self._unanswered:
            return ""
        at = f" at {when}" if when else ""
        where = "" if self._file is None else f" in {self._file.path}"
        return (
            f"it was sent{at} and the answer, with the next refresh token, may have "
            f"been lost: log in anew and put the new refresh token{where}"
        )
