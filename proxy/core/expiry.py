"""When a token ends, by what it says itself.

A JWT is decoded without verification: its times serve to schedule a refresh, never to
decide about anybody's rights.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

LATEST_EPOCH = 253_402_300_800.0
"""The year 10000. A number from there on is no time in seconds."""

_JWT_PARTS = 3


@dataclass(frozen=True, slots=True)
class JwtTimes:
    """The times in a JWT, in epoch seconds."""

    expires_at: float | None = None
    issued_at: float | None = None
    not_before: float | None = None


def read_jwt(text: str) -> JwtTimes | None:
    """Read the times of a JWT; `None` if the text is none."""
    parts = text.split(".")
    if len(parts) != _JWT_PARTS or not all(parts[:2]):
        return None
    claims = _json_object(parts[1])
    if claims is None or _json_object(parts[0]) is None:
        return None
    return JwtTimes(*(epoch(claims.get(name)) for name in ("exp", "iat", "nbf")))


def epoch(value: object) -> float | None:
    """Read epoch seconds from a number or a numeric string (Cloudflare writes those).

    What is no number, not finite, or outside of the calendar is `None`.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(seconds) or not 0 <= seconds < LATEST_EPOCH:
        return None
    return seconds


def jwt_end(times: JwtTimes, *, now: float) -> float | None:
    """Return when a JWT that was read at `now` ends, on the clock that says `now`.

    It lives for the shorter of `exp - iat` and `exp - now`: the first where our clock
    is behind the issuer's, the second where the token was made some time ago.
    """
    if times.expires_at is None:
        return None
    if times.issued_at is None or times.issued_at >= times.expires_at:
        return times.expires_at
    return min(times.expires_at, now + times.expires_at - times.issued_at)


def earliest_end(texts: Iterable[str], *, now: float) -> float | None:
    """Return the earliest end of the JWTs among these texts, if there is any."""
    times = filter(None, map(read_jwt, texts))
    ends = [end for each in times if (end := jwt_end(each, now=now)) is not None]
    return min(ends, default=None)


def _json_object(part: str) -> dict[str, object] | None:
    try:
        padded = part + "=" * (-len(part) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        value = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
