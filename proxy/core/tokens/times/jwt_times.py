"""The times in a JWT, read without verification.

They are used to schedule refreshes, never to decide about access.
"""

import contextlib
from dataclasses import dataclass

from proxy.core.tokens.times import claims
from proxy.core.tokens.times.instant import LATEST_EPOCH, moment
from proxy.errors import ExpiryError


@dataclass(frozen=True, slots=True)
class JwtTimes:
    """The times in a JWT, in epoch seconds."""

    expires_at: float | None = None
    issued_at: float | None = None
    not_before: float | None = None

    @property
    def never(self) -> bool:
        """Whether it expires before it becomes valid, by any clock."""
        if self.expires_at is None or self.not_before is None:
            return False
        return self.expires_at <= self.not_before

    def end(self, *, now: float, ahead: float) -> float | None:
        """Return when it expires, by our clock, which is at `now`.

        `ahead` is how far the issuer's clock is ahead of ours, as far as known. The
        result is never later than `exp - iat` from now, which also holds if `ahead` is
        wrong.
        """
        if self.expires_at is None:
            return None
        end = self.expires_at - ahead
        if self.issued_at is None or self.issued_at >= self.expires_at:
            return end
        return min(end, now + self.expires_at - self.issued_at)


def read_jwt(text: str) -> JwtTimes | None:
    """Return the times of a JWT; None if the text is not a JWT.

    Raise `ExpiryError` for an `exp` that is not a time, and for a token that can never
    be valid. Other unreadable times count as absent.
    """
    jwt = claims.read(text)
    if jwt is None:
        return None
    ends, starts = jwt.claims.get("exp"), jwt.claims.get("nbf")
    if _beyond(starts):
        raise ExpiryError("the token can never be valid: its nbf lies in no calendar")
    times = JwtTimes(
        None if ends is None else moment(ends),
        _lenient(jwt.claims.get("iat")),
        _lenient(starts),
    )
    if times.never:
        raise ExpiryError("the token can never be valid: its nbf is not before its exp")
    return times


def _beyond(value: object) -> bool:
    """Return whether a number is greater than any moment, even in milliseconds."""
    return isinstance(value, (int, float)) and value > LATEST_EPOCH * 1000


def _lenient(value: object) -> float | None:
    with contextlib.suppress(ExpiryError):
        return moment(value)
    return None
