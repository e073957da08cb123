"""The times in a JWT, read without verification.

They serve to schedule a refresh, never to decide about anybody's rights.
"""

import contextlib
from dataclasses import dataclass

from proxy.core.tokens import claims
from proxy.core.tokens.instant import moment
from proxy.errors import ExpiryError


@dataclass(frozen=True, slots=True)
class JwtTimes:
    """The times in a JWT, in epoch seconds."""

    expires_at: float | None = None
    issued_at: float | None = None
    not_before: float | None = None

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

    Raise `ExpiryError` for an `exp` that is no moment; other times that make no sense
    are as good as absent.
    """
    jwt = claims.read(text)
    if jwt is None:
        return None
    ends = jwt.claims.get("exp")
    return JwtTimes(
        None if ends is None else moment(ends),
        _lenient(jwt.claims.get("iat")),
        _lenient(jwt.claims.get("nbf")),
    )


def _lenient(value: object) -> float | None:
    with contextlib.suppress(ExpiryError):
        return moment(value)
    return None
