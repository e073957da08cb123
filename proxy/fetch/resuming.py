"""A body that goes on where it broke off, so that the player does not notice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self

from proxy.clock import Clock
from proxy.core.http.answers import Blame
from proxy.core.http.headers import Fields
from proxy.core.http.resume import Resumable
from proxy.core.http.sharing import may_bridge
from proxy.deadline import Deadline, until
from proxy.errors import BadAnswerError, HlsAuthProxyError, TruncatedError
from proxy.fetch.silences import Rescue
from proxy.upstream.answer import Answer, Framing

MAX_FRUITLESS = 2
"""How often in a row it may break off without a byte before the body is given up."""

MAX_RESUMES = 50
"""Of one body. An upstream that breaks off after each byte is not asked for ever."""

RESUME_SECONDS = 10.0
"""From the break to the head of what goes on: players wait as long for a byte."""

_BOUNDED = frozenset({Framing.LENGTH, Framing.CHUNKED})

Judge = Callable[[Answer], Awaitable[bool]]
"""Tell by its first bytes whether an answer is media; may raise BadAnswerError."""

AskOn = Callable[[Fields], Awaitable[Answer]]
"""Ask for the same thing with these fields, under the token and the URL of now."""


class Resuming:
    """The body of a resource, over the answers that it takes.

    Status and header fields stay those of the first: a range that we ask for by
    ourselves never changes what the player was told.
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
        """Take the first answer; with a `judge` it is one that is held back."""
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
        self._resumable = (
            Resumable.of(first.status, first.headers, first.content_length)
            if first.framing in _BOUNDED
            else None
        )
        self._expected: int | None = None
        self._clock = clock
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

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises TruncatedError when it breaks off and cannot be continued.
        """
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

    def _watch(self) -> None:
        """Watch over what is still to come."""
        if self._rescue is None and not self._answer.is_here:
            self._rescue = Rescue(
                self._clock, self._waiting_at, self._silent, self._broken
            )
            self._rescue.start()

    def _unwatch(self) -> None:
        # It refers to this, and this to it: a cycle, which only the collector would
        # find, and hundreds of microseconds later.
        rescue, self._rescue = self._rescue, None
        if rescue is not None:
            rescue.stop()

    async def _look(self) -> None:
        """Look at the first bytes, whose head is with the player by now."""
        if self._judge is None:
            return
        judge, self._judge = self._judge, None
        if not await judge(self._answer):
            raise BadAnswerError("where the head promised media is a playlist")

    def _came_to_nothing(self, error: TruncatedError) -> bool:
        """Tell whether it was held back for as long as anything is."""
        timed_out = error.blame == Blame.READ_TIMEOUT
        return self.held and timed_out and not self._received

    def _waiting_at(self) -> int | None:
        """Return what flowed before the player waited for more; None: it does not."""
        waits = self._received and self._taken == self._received
        return self._received if waits else None

    def _broken(self) -> None:
        """Give up the silent answer: who reads it is told that it broke off."""
        self._answer.close()

    async def _silent(self, at: int) -> Answer | None:
        """Ask for what follows so many bytes; return it when its first one is there."""
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
        """Put the answer that goes on in the place of the one that broke."""
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
        """Return how many bytes all will be with it; None: it does not fit."""
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
                # What broke the body may not be over yet; a refusal is.
                if not may_bridge(error):
                    return None
        return None
