"""Requests that wait because there is no usable token."""

from proxy.core.tokens.refresh.freshness import Phase
from proxy.core.tokens.refresh.request_hold import HOLD_SECONDS, Hold
from proxy.core.tokens.token import KeptToken
from proxy.errors import TokenUnavailableError
from proxy.tokens.keepers.attempts import Attempts
from proxy.tokens.keepers.keeper_parts import KeeperParts
from proxy.tokens.keepers.upkeep import LEAST_PAUSE_SECONDS, Upkeep
from proxy.tokens.waiting import within


class Holds:
    """Lets requests wait for a token, and provides the error when the wait fails.

    Cancelling a request ends only its own wait.
    """

    def __init__(self, parts: KeeperParts, attempts: Attempts, upkeep: Upkeep) -> None:
        self._attempts = attempts
        self._asked = parts.asked
        self._tokens = parts.tokens
        self._upkeep = upkeep
        self._clock = parts.clock

    async def usable(self) -> None:
        """Wait until there is a usable token.

        The wait ends 8 s after the token was first missing. After that, or as soon as
        no attempt can help, raise `TokenUnavailableError`.
        """
        arrived = self._clock.mono()
        while self._upkeep.look() is Phase.UNUSABLE:
            wait = self._patience(arrived)
            if wait is None:
                raise self.unavailable()
            if wait > 0:
                await within(self._clock, wait, self._attempts.next_end())
            else:
                self._attempts.start()

    async def replaced(self, kept: KeptToken) -> bool:
        """Request a newer token than this one; return whether it was received.

        Raise `TokenUnavailableError` if the source has none. If the source returns the
        same token again, return False.
        """
        self._attempts.start(replace=True)
        pace = self._asked.paced(self._asked.now())
        if not self._attempts.flying and pace <= HOLD_SECONDS:
            # This refresh is already counted. If it were dropped now, the next refused
            # request could not force one.
            await within(self._clock, pace, self._attempts.next_end())
            if kept.generation == self._tokens.generation:
                self._attempts.start(replace=True)
        await self.end(HOLD_SECONDS)
        if kept.generation != self._tokens.generation:
            return True
        if self._attempts.flying or self._asked.trouble is not None:
            raise self.unavailable()
        return False

    async def end(self, seconds: float) -> None:
        """Wait for the end of a running attempt.

        `seconds` count from its start, so later callers do not wait longer for an
        attempt that hangs.
        """
        left = self._attempts.started + seconds - self._clock.mono()
        if self._attempts.flying and left > 0:
            await within(self._clock, left, self._attempts.next_end())

    def unavailable(self) -> TokenUnavailableError:
        """Return the error for a request for which there is no token."""
        begins = self._tokens.begins_in(self._clock.wall())
        if begins is not None:
            return self._asked.too_early(begins)
        return self._asked.unavailable()

    def _patience(self, arrived: float) -> float | None:
        """Return how many seconds to wait now; None means give up.

        If a token was received that becomes valid later, wait for that one only.
        """
        now = self._asked.now()
        begins = self._tokens.begins_in(now.wall)
        if begins is not None:
            least = max(LEAST_PAUSE_SECONDS, begins)
            return least if now.mono + begins < arrived + HOLD_SECONDS else None
        return Hold(noticed=self._upkeep.noticed, arrived=arrived).patience(
            now.mono,
            flying=self._attempts.flying,
            retry=self._asked.retry,
            started=self._attempts.started,
            pace=self._asked.paced(now),
        )
