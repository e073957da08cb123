"""How far another clock is from ours, by the date in an answer."""

from proxy.core.tokens.times.instant import http_date

SLOW_SECONDS = 2.0
"""Slower answers are ignored: the answer may have been dated at any moment of the
wait."""

WARN_SECONDS = 30.0
"""From this skew on a warning is logged: tokens of a minute are in danger, and it may
soon exceed the back-dating of signers."""

CALM_SECONDS = 20.0
"""Below this skew the warning ends; between the two values its state does not
change."""

SKEW_WEIGHT = 0.2
"""Weight of a new measurement; one slow answer does not change the mean much."""

# RFC 9110 section 5.6.7: a date is in whole seconds, cut off.
_CUT_OFF_SECONDS = 0.5


def skew_of(
    date: str | None, age: str | None, *, sent: float, received: float
) -> float | None:
    """Return how many seconds the other clock is ahead of ours; None if unknown.

    `date` and `age` are the header fields. An answer from a cache is ignored, because
    its date is as old as `age` says. `sent` and `received` are epoch seconds of our
    clock.
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
