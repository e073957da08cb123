"""How far another clock is from ours, by what an answer says it is there."""

from proxy.core.tokens.times.instant import http_date

SLOW_SECONDS = 2.0
"""An answer that took longer says nothing: it may have been dated when the wait began,
or when it ended."""

WARN_SECONDS = 30.0
"""From here on tokens of a minute are in danger, and signers' back-dating ends soon."""

CALM_SECONDS = 20.0
"""Below this a warning is over; between the two it neither comes nor goes."""

SKEW_WEIGHT = 0.2
"""Weight of a new measurement: one slow answer does not move the mean by much."""

# RFC 9110 section 5.6.7: a date is in whole seconds, cut off.
_CUT_OFF_SECONDS = 0.5


def skew_of(
    date: str | None, age: str | None, *, sent: float, received: float
) -> float | None:
    """Return how many seconds the other clock is ahead of ours; None: unknown.

    `date` and `age` are the header fields; an answer out of a cache is as old as that
    says and is not counted. `sent` and `received` are epoch seconds of our clock.
    """
    took = received - sent
    if date is None or (age or "0").strip() != "0" or not 0 <= took <= SLOW_SECONDS:
        return None
    there = http_date(date)
    if there is None:
        return None
    return there + _CUT_OFF_SECONDS - (sent + took / 2)


def mean_skew(mean: float | None, measured: float) -> float:
    """Return the moving average of the skew, in seconds, after one measurement."""
    return measured if mean is None else mean + SKEW_WEIGHT * (measured - mean)
