"""The results of attempts to get a token, and which of them a worker lacks."""

from dataclasses import KW_ONLY, dataclass, replace

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.refresh_policy import Now
from proxy.core.tokens.token import Token
from proxy.errors import SourceError

HEARD_SECONDS = 2.0
"""How long the failure of an attempt is returned to workers that do not know it. After
that they make a new attempt. A delay that the service asked for is used instead."""

_MIDDLE = 0.5
"""Workers spread their refreshes at random. Here the soft point is in the middle."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one attempt."""

    number: int
    """The number of the attempt. Later attempts have higher numbers."""
    token: Token | None = None
    _: KW_ONLY
    error: SourceError | None = None
    skew: float | None = None
    """How far the clock of the token service is ahead of ours, if it was measured."""
    made: bool = False
    """Whether this attempt was made for the caller."""


@dataclass(frozen=True, slots=True)
class _Came:
    number: int
    token: Token
    _: KW_ONLY
    life: Life
    begun: Now
    skew: float | None


@dataclass(frozen=True, slots=True)
class _Failed:
    number: int
    error: SourceError
    mono: float

    def left(self, now: Now) -> float:
        """Return for how many more seconds this failure counts for all workers."""
        wait = self.error.retry_after
        return self.mono + (HEARD_SECONDS if wait is None else wait) - now.mono


class Results:
    """The newest token, and the latest failure if it came after that token."""

    def __init__(self) -> None:
        self.number = 0
        """The number of the last attempt."""
        self._token: _Came | None = None
        self._error: _Failed | None = None

    def came(self, token: Token, begun: Now, *, skew: float | None) -> None:
        """Record the token of an attempt that began at the time `begun`."""
        self.number += 1
        life = Life.of(
            begun.wall, token.expires_at, draw=_MIDDLE, refresh_in=token.refresh_in
        )
        self._token = _Came(self.number, token, life=life, begun=begun, skew=skew)
        self._error = None

    def failed(self, error: SourceError, now: Now) -> None:
        """Record the failure of an attempt. The previous token is kept."""
        self.number += 1
        self._error = _Failed(self.number, error.without_trace(), now.mono)

    def unheard(self, known: int, now: Now) -> Result | None:
        """Return a result that makes an attempt unnecessary; None if there is none.

        `known` is the number of the last attempt whose result the worker knows.
        """
        phase = self._phase(now)
        failing = self._error is not None and self._error.left(now) > 0
        if phase is Phase.FRESH or (failing and phase is not Phase.UNUSABLE):
            found = self._token_after(known, now)
            if found is not None:
                return found
        return self._error_after(known, now) if failing else None

    def best(self, known: int, now: Now) -> Result:
        """Return the most useful result after an attempt."""
        found = self._error_after(known, now)
        if found is None or self._phase(now) is not Phase.UNUSABLE:
            found = self._token_after(known, now) or found
        return found or Result(self.number, error=SourceError("it has no result"))

    def _token_after(self, known: int, now: Now) -> Result | None:
        came = self._token
        if came is None or came.number <= known:
            return None
        token = came.token
        if token.refresh_in is not None:
            left = token.refresh_in - (now.mono - came.begun.mono)
            token = replace(token, refresh_in=max(1.0, left))
        return Result(came.number, token, skew=came.skew)

    def _error_after(self, known: int, now: Now) -> Result | None:
        failed = self._error
        if failed is None or failed.number <= known:
            return None
        error = failed.error
        if error.retry_after is not None:
            error = error.without_trace()
            error.retry_after = max(0.0, failed.left(now))
        return Result(failed.number, error=error)

    def _phase(self, now: Now) -> Phase:
        return self._token.life.phase(now.wall) if self._token else Phase.UNUSABLE
