"""Continues a body where it broke off, so that the player does not notice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cached_property
from types import TracebackType
from typing import Self

from proxy.clock import Clock
from proxy.core.http.answers import Blame
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields
from proxy.core.http.resume import Resumable
from proxy.core.http.reuse import may_bridge
from proxy.deadline import Deadline, until
from proxy.errors import BadAnswerError, HlsAuthProxyError, TruncatedError
from proxy.fetch.stalled_bodies import Rescue
from proxy.upstream.answer import Answer

MAX_FRUITLESS = 2
"""How many breaks in a row without a new byte are allowed before giving up."""

MAX_RESUMES = 50
"""The most resumes of one body, in case the upstream breaks off after each byte."""

RESUME_SECONDS = 10.0
"""The time from the break to the head of the next answer. Players wait that long for a
byte."""

_BOUNDED = frozenset({Framing.LENGTH, Framing.CHUNKED})

Judge = Callable[[Answer], Awaitable[bool]]
"""Returns whether an answer's first bytes show media; may raise BadAnswerError."""

AskOn = Callable[[Fields], Awaitable[Answer]]
"""Requests the same resource with these fields, the current token and URL."""


class _Once:
    """Yields one piece, unless it is empty."""

    __slots__ = ("_piece",)

    def __init__(self, piece: bytes) -> None:
        self._piece = piece

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece, self._piece = self._piece, b""
        if not piece:
            raise StopAsyncIteration
        return piece


class Resuming:
    """The body of a resource, read from as many answers as necessary.

    The status and header fields stay those of the first answer. Ranges that the proxy
    itself requests never change what the player was sent.
    """

    def __init__(
        self,
        first: Answer,
        ask: AskOn,
        *,
        clock: Clock,
        judge: Judge | None = None,
        seconds: float = RESUME_SECONDS,
    ) -> None:
        """`first` is the first answer; with a `judge` its body is held back."""
        self.held = judge is not None
        self.framing = first.framing
        self.content_length = first.content_length
        self._answer = first
        self._ask = ask
        self._clock = clock
        self._judge = judge
        self._seconds = seconds
        self._left = MAX_RESUMES
        self._fruitless = 0
        self._received = 0
        self._taken = 0
        self._first = first
        self._expected: int | None = None
        self._rescue: Rescue | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unwatch()
        self._answer.close()

    def pause(self) -> None:
        """Receive nothing more until the body is read on."""
        self._answer.pause()

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises TruncatedError when it breaks off and cannot be continued.
        """
        # Most small bodies came with their heads. An asynchronous generator is a third
        # of the cost of handing on such a body.
        rest = self._answer.rest() if self._judge is None else None
        return self._pieces() if rest is None else _Once(rest)

    async def _pieces(self) -> AsyncIterator[bytes]:
        while True:
            self._watch()
            try:
                await self._look()
                async for chunk in self._answer.chunks():
                    self._received += len(chunk)
                    self._fruitless = 0
                    yield chunk
                    self._taken = self._received
            except TruncatedError as error:
                if self._came_to_nothing(error) or not await self._resume():
                    raise
                continue
            if self._expected not in (None, self._received):
                raise TruncatedError("a body was continued with another length")
            self._unwatch()
            return

    @cached_property
    def _resumable(self) -> Resumable | None:
        first = self._first
        if first.framing not in _BOUNDED:
            return None
        return Resumable.of(first.status, first.headers, first.content_length)

    def _watch(self) -> None:
        """Start watching the rest of the body, if it is not all here."""
        if self._rescue is None and not self._answer.is_here:
            self._rescue = Rescue(
                self._clock, self._waiting_at, self._silent, self._broken
            )
            self._rescue.start()

    def _unwatch(self) -> None:
        # The two objects refer to each other. Without this, only the garbage collector
        # would free them, and it takes hundreds of microseconds.
        rescue, self._rescue = self._rescue, None
        if rescue is not None:
            rescue.stop()

    async def _look(self) -> None:
        """Check the first bytes; the player already has the head."""
        if self._judge is None:
            return
        judge, self._judge = self._judge, None
        if not await judge(self._answer):
            raise BadAnswerError("the head promised media, and a text came")

    def _came_to_nothing(self, error: TruncatedError) -> bool:
        """Return whether the body was held back until the read timeout."""
        timed_out = error.blame == Blame.READ_TIMEOUT
        return self.held and timed_out and not self._received

    def _waiting_at(self) -> int | None:
        """Return how many bytes came, if the player waits for more; else None."""
        waits = self._received and self._taken == self._received
        return self._received if waits else None

    def _broken(self) -> None:
        """Close the silent answer, so its reader gets a TruncatedError."""
        self._answer.close()

    async def _silent(self, at: int) -> Answer | None:
        """Request what follows byte `at`; return it when its first byte came.

        Returns None if it does not fit.
        """
        if self._resumable is None:
            return None
        deadline = Deadline.of(self._clock.mono(), self._seconds)
        async with asyncio.timeout(self._seconds):
            with until(deadline):
                following = await self._ask(self._resumable.fields(at))
            try:
                if self._length_with(following) and await following.peek(1):
                    return following
            except BaseException:
                following.close()
                raise
        following.close()
        return None

    async def _resume(self) -> bool:
        """Replace the broken answer by one that continues it; return False if none."""
        if self._resumable is None:
            return False
        rescue = self._rescue
        following = await rescue.take(self._received) if rescue else None
        try:
            async with asyncio.timeout(self._seconds):
                following = following or await self._following(self._resumable)
        except TimeoutError:
            return False
        if following is None:
            return False
        self._expected = self._length_with(following)
        if self._expected is None:
            following.close()
            return False
        self._answer = following
        return True

    def _length_with(self, following: Answer) -> int | None:
        """Return the total length with this answer; None if it does not fit."""
        if self._resumable is None or following.framing not in _BOUNDED:
            return None
        return self._resumable.continued(
            following.status, following.headers, received=self._received
        )

    async def _following(self, resumable: Resumable) -> Answer | None:
        while self._left and self._fruitless < MAX_FRUITLESS:
            self._left -= 1
            self._fruitless += 1
            try:
                return await self._ask(resumable.fields(self._received))
            except HlsAuthProxyError as error:
                # The cause of the break may pass. A refusal is final.
                if not may_bridge(error):
                    return None
        return None
