"""What one stream, or all members of a family together, may ask of a token service."""

import asyncio
from collections.abc import Awaitable

from proxy.clock import Clock
from proxy.core.tokens.refresh.refresh_policy import Now
from proxy.core.tokens.refresh.service_backoff import ServiceBackoff
from proxy.core.tokens.token import Token
from proxy.errors import SourceError

MOST_AT_ONCE = 32
"""Requests of one family that are under way together: one whose service hangs does not
use up what other streams need of this machine."""


class Allowance:
    """Shared by all who ask with one configuration: the members of a family."""

    def __init__(self, *, clock: Clock) -> None:
        self.under_way = asyncio.Semaphore(MOST_AT_ONCE)
        """Whoever asks holds it; waiting for it is not the service's time."""
        self.error: SourceError | None = None
        """Why the service may not be asked, while it may not."""
        self.shared = False
        """Whether there is more than one who asks."""
        self._tries = 0
        """Attempts under way that find out whether the service is back."""
        self._tried = asyncio.Event()
        self._clock = clock
        self._standing = ServiceBackoff()

    def wait(self, *, stranger: bool) -> float:
        """Return the seconds for which the service may not be asked.

        A `stranger` never had a token. Nothing but a pause counts while others find out
        whether the service is back: their answer is waited for in the line.
        """
        return self.paused() if self._tries else self._wait(stranger=stranger)

    def paused(self) -> float:
        """Return the seconds that are left of a pause that the service asked for."""
        return self._standing.paused(self._now())

    async def tried(self, *, stranger: bool) -> None:
        """Wait until others have found out whether a service that failed is back."""
        while self._tries and self._wait(stranger=stranger) and not self.paused():
            await self._tried.wait()

    def barred(self, *, stranger: bool) -> bool:
        """Tell whether an attempt whose turn has come may not start."""
        return self._wait(stranger=stranger) > 0

    async def ask(self, answer: Awaitable[Token]) -> Token:
        """Return the answer of the service, and learn from it what holds for all."""
        counted = self._standing.failing
        self._standing = self._standing.started(self._clock.mono())
        self._tries += counted
        try:
            token = await answer
        except SourceError as exc:
            if exc.for_all:
                self.error = exc.without_trace()
                self._standing = self._standing.failed(
                    self._now(), counted=counted, retry_after=exc.retry_after
                )
            else:
                self._standing = self._standing.answered()
            raise
        finally:
            self._tries -= counted
            self._tried.set()
            self._tried = asyncio.Event()
        self._standing = self._standing.answered()
        return token

    def _wait(self, *, stranger: bool) -> float:
        return self._standing.wait(self._now(), stranger=stranger and self.shared)

    def _now(self) -> Now:
        return Now(self._clock.wall(), self._clock.mono())
