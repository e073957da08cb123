"""The times in a JWT, read without verification.

They serve to schedule a refresh, never to decide about anybody's rights.
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
        """Whether it ends before it begins, whatever clock judges it."""
        if self.expires_at is None or self.not_before is None:
            return False
        return self.expires_at <= self.not_before

    def end(self, *, now: float, ahead: float) -> float | None:
        """Return when it ends, on our clock, which says `now`.

        `ahead` is how far its issuer's clock is ahead of ours, as far as we know. It
        lives no longer than `exp - iat` from now: that holds where we do not know.
        """
        if self.expires_at is None:
            return None
        end = self.expires_at - ahead
        if self.issued_at is None or self.issued_at >= self.expires_at:
            return end
        return min(end, now + self.expires_at - self.issued_at)


def read_jwt(text: str) -> JwtTimes | None:
    """Read the times of a JWT; `None` if the text is none.

    Raise `ExpiryError` for an `exp` that is no moment, and for a token that can never
    be valid; other times that make no sense are as good as absent.
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
    """Tell whether a number is greater than any moment, even in milliseconds."""
    return isinstance(value, (int, float)) and value > LATEST_EPOCH * 1000


def _lenient(value: object) -> float | None:
    with contextlib.suppress(ExpiryError):
        return moment(value)
    return None
