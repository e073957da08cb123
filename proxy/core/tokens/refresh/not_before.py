"""From when on a token may be sent, and until when (RFC 7519, section 4.1.5)."""

import math

from proxy.core.tokens.refresh.request_hold import HOLD_SECONDS
from proxy.core.tokens.token import Token

RESOLUTION_SECONDS = 1.0
"""Of the dates by which clocks are compared: a difference up to that is none."""


def begins(
    not_before: float | None,
    *,
    skew: float | None,
    issuer: float | None = None,
    now: float,
) -> float:
    """Return the epoch seconds of our clock from which on a token may be sent.

    `not_before` is what the token says; `skew` how many seconds the clock of the
    upstream, which judges it, is ahead of ours. While that is not known, ours counts;
    but a begin that lies further ahead than any request waits may be a clock of ours
    that is wrong. Then the clock of its `issuer` counts; if that is not known either,
    the token may be sent, and the answer tells.
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
    """Return when a token ends by our clock, and by which skew that was judged.

    One that is not valid yet begins and ends by one clock: that of the upstream, `skew`
    seconds ahead of ours; ours while that is not known. Of other tokens the end is
    known by our clock, and the skew is None.
    """
    start, there = token.not_before, token.ends_there
    if start is None or start <= now or there is None:
        return token.expires_at, None
    ahead = skew or 0.0
    if abs(ahead) <= RESOLUTION_SECONDS:
        return there - max(0.0, ahead), ahead
    return there - ahead - (RESOLUTION_SECONDS / 2 if ahead < 0 else 0.0), ahead
