"""From when on a token may be sent, and when it expires (RFC 7519, section 4.1.5)."""

import math

from proxy.core.tokens.refresh.request_hold import HOLD_SECONDS
from proxy.core.tokens.token import Token

RESOLUTION_SECONDS = 1.0
"""The resolution of the dates by which clocks are compared. Smaller differences are
ignored."""


def begins(
    not_before: float | None,
    *,
    skew: float | None,
    issuer: float | None = None,
    now: float,
) -> float:
    """Return when a token may first be sent, in epoch seconds of our clock.

    `not_before` comes from the token. `skew` is how many seconds the clock of the
    upstream, which judges the token, is ahead of ours. While it is unknown, our clock
    counts. But if the token becomes valid later than any request waits, our clock may
    be wrong. Then the clock of its `issuer` counts. If that is unknown too, the token
    may be sent, and the upstream's answer decides.
    """
    if not_before is None:
        return -math.inf
    if skew is None:
        if not_before - now <= HOLD_SECONDS:
            return not_before
        if issuer is None:
            return -math.inf
        skew = issuer
    if abs(skew) <= RESOLUTION_SECONDS:
        return not_before
    return not_before - skew + RESOLUTION_SECONDS / 2


def ending(
    token: Token, *, skew: float | None, now: float
) -> tuple[float | None, float | None]:
    """Return when a token expires by our clock, and the skew used for that.

    A token that is not valid yet begins and ends by the same clock: the upstream's,
    which is `skew` seconds ahead of ours, or our own while the skew is unknown. For
    other tokens the expiry is known by our clock, and the returned skew is None.
    """
    start, there = token.not_before, token.ends_there
    if start is None or start <= now or there is None:
        return token.expires_at, None
    ahead = skew or 0.0
    if abs(ahead) <= RESOLUTION_SECONDS:
        return there - max(0.0, ahead), ahead
    return there - ahead - (RESOLUTION_SECONDS / 2 if ahead < 0 else 0.0), ahead
