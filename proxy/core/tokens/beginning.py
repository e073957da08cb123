"""From when on a token may be sent (RFC 7519, section 4.1.5)."""

import math

from proxy.core.tokens.hold import HOLD_SECONDS

RESOLUTION_SECONDS = 1.0
"""Of the dates by which clocks are compared: a difference up to that is none."""


def begins(not_before: float | None, *, skew: float | None, now: float) -> float:
    """Return the epoch seconds of our clock from which on a token may be sent.

    `not_before` is what the token says; `skew` how many seconds the clock of the
    upstream, which judges it, is ahead of ours. While that is not known, ours counts;
    but a begin that lies further ahead than any request waits is taken for a clock that
    is wrong: the token may be sent, and the answer tells.
    """
    if not_before is None:
        return -math.inf
    if skew is None:
        return -math.inf if not_before - now > HOLD_SECONDS else not_before
    if abs(skew) <= RESOLUTION_SECONDS:
        return not_before
    return not_before - skew + RESOLUTION_SECONDS / 2
