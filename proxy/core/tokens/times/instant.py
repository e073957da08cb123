"""Moments and durations as services write them."""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from proxy.errors import ExpiryError

LATEST_EPOCH = 253_402_300_800.0
"""The year 10000, in seconds. A greater number is in milliseconds. A smaller number is
never in milliseconds: it would be a moment before 1979."""

_MILLISECOND = 1e-3


def moment(value: object) -> float:
    """Return the epoch seconds of a moment; raise `ExpiryError` if it is invalid.

    Forms: epoch seconds or milliseconds, as numbers or numeric strings; RFC 3339 and
    the rest of ISO 8601, where a string without an offset means UTC.
    """
    number = _number(value)
    if number is None and isinstance(value, str):
        number = _iso(value)
    if number is None:
        raise ExpiryError("an end that is no moment")
    seconds = number if number <= LATEST_EPOCH else number * _MILLISECOND
    if not 0 < seconds <= LATEST_EPOCH:
        raise ExpiryError("an end that lies in no calendar")
    return seconds


def length(value: object) -> float:
    """Return a lifetime in seconds; raise `ExpiryError` if it is invalid."""
    seconds = _number(value)
    if seconds is None:
        raise ExpiryError("a lifetime that is no number")
    if not 0 < seconds <= LATEST_EPOCH:
        raise ExpiryError("a lifetime that nothing has")
    return seconds


def epoch(value: object) -> float | None:
    """Return epoch seconds from a number or a numeric string; None otherwise.

    Milliseconds are not accepted: this is for reporting mistakes in the times of a JWT.
    """
    seconds = _number(value)
    inside = seconds is not None and 0 <= seconds < LATEST_EPOCH
    return seconds if inside else None


def http_date(value: str) -> float | None:
    """Return the epoch seconds of a date in a header field (RFC 9110, 5.6.7)."""
    try:
        found = parsedate_to_datetime(value)
        # A date without a zone has -0000, which is UTC as well.
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _iso(text: str) -> float | None:
    try:
        # RFC 3339 allows lower case; Python does not.
        found = datetime.fromisoformat(text.strip().upper())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
