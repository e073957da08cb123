"""What one stream, or all members of a family together, may ask of a token service."""

import asyncio
from collections.abc import Awaitable

from proxy.clock import Clock
from proxy.core.tokens.refresh.refresh_policy import Now
from proxy.core.tokens.refresh.service_backoff import ServiceBackoff
from proxy.core.tokens.token import Token
from proxy.errors import SourceError

MOST_AT_ONCE = 32
"""Requests of one family that run at the same time. So a family whose service hangs
does not use up the resources that other streams need."""


class Allowance:
    """Shared by all callers with the same configuration: the members of a family."""

    def __init__(self, *, clock: Clock) -> None:
        self.under_way = asyncio.Semaphore(MOST_AT_ONCE)
        """Held by each caller that asks; waiting for it does not count as service
        time."""
        self.error: SourceError | None = None
        """Why the service may not be asked, for as long as that lasts."""
        self.shared = False
        """Whether there is more than one caller."""
        self._tries = 0
        """Running attempts that find out whether the service is back."""
        self._tried = asyncio.Event()
        self._clock = clock
        self._standing = ServiceBackoff()

    def wait(self, *, stranger: bool) -> float:
        """Return the seconds for which the service may not be asked.

        A `stranger` never had a token. While others find out whether the service is
        back, only a pause counts; the caller waits for their result in the queue.
        """
        return self.paused() if self._tries else self._wait(stranger=stranger)

    def paused(self) -> float:
        """Return the seconds left of a pause that the service asked for."""
        return self._standing.paused(self._now())

    async def tried(self, *, stranger: bool) -> None:
        """Wait until others have found out whether a service that failed is back."""
        while self._tries and self._wait(stranger=stranger) and not self.paused():
            await self._tried.wait()

    def barred(self, *, stranger: bool) -> bool:
        """Return whether an attempt whose turn has come may not start."""
        return self._wait(stranger=stranger) > 0

    async def ask(self, answer: Awaitable[Token]) -> Token:
        """Return the service's answer, and record what it means for all callers."""
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
