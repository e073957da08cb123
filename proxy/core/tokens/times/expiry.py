"""When a token expires and becomes valid, by all available data.

The rule (reliability, section 2.1): a token lives for the shortest of three times. They
are what its service states, what the token states compared with the service's clock,
and the lifetime by the token's own dates. If nothing is stated, the expiry is unknown
and the token is used until it is refused. If something is stated but unreadable, that
is an error, and it is never treated as missing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import KW_ONLY, dataclass, field

from proxy.core.tokens.times.embedded_end import inner_end
from proxy.core.tokens.times.instant import length, moment
from proxy.core.tokens.times.jwt_times import read_jwt
from proxy.errors import ExpiryError

DATE_SECONDS = 1.0
"""The resolution of a `Date` (RFC 9110 section 5.6.7)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is stated about a token's expiry. None means not stated."""

    expires_in: object = None
    """Its lifetime in seconds: a number, or a string that contains one."""
    expires_at: object = None
    """Its expiry, in any form that `times.instant` reads."""
    _: KW_ONLY
    texts: tuple[str, ...] = field(default=(), repr=False)
    """The token's own texts, which may contain an expiry."""
    ttl: float | None = None
    """Its lifetime in seconds if nothing else is stated."""
    leading: bool = False
    """Whether the texts begin with the expiry in epoch seconds and an underscore."""


def end_of(told: Told, *, now: float, theirs: float | None = None) -> float | None:
    """Return when a token expires, in epoch seconds of our clock; None if unknown.

    `now` is when it was requested, by our clock. `theirs` is the time by its service's
    clock in the answer, if known. Raise `ExpiryError` if what is stated is unreadable
    or in the past.
    """
    ahead = 0.0 if theirs is None else _ahead(theirs, now)
    ends = list(_told_ends(told, now=now, ahead=ahead))
    ends += _own_ends(told, now=now, ahead=ahead)
    if not ends:
        return None if told.ttl is None else now + told.ttl
    if (end := min(ends)) <= now:
        raise ExpiryError("the token has expired")
    return end


def end_there(
    told: Told, end: float | None, *, now: float, theirs: float | None = None
) -> float | None:
    """Return a token's expiry by the clock that its `nbf` is read by.

    `end` is the result of `end_of`, which subtracts how far its service's clock is
    ahead. A token cannot be made before its `iat`, so `iat` also shows how far that
    clock is ahead.
    """
    if end is None:
        return None
    jwts = [times for text in told.texts if (times := read_jwt(text))]
    leads = [times.issued_at - now for times in jwts if times.issued_at is not None]
    lead = max([0.0 if theirs is None else _ahead(theirs, now), *leads, 0.0])
    ends = [times.expires_at for times in jwts if times.expires_at is not None]
    return min([end + lead, *ends])


def start_of(texts: Iterable[str]) -> float | None:
    """Return the latest `nbf` of the texts; None if there is none.

    It is in epoch seconds of the issuer's clock.
    """
    said = (times.not_before for text in texts if (times := read_jwt(text)))
    return max((start for start in said if start is not None), default=None)


def _ahead(theirs: float, now: float) -> float:
    """Return how far their clock is ahead of ours, within the resolution of `Date`.

    `Date` has no fractions of seconds. Treating such a difference as skew would
    lengthen a token's life by up to a second, which is the whole safety margin of a
    short one.
    """
    ahead = theirs - now
    return 0.0 if abs(ahead) <= DATE_SECONDS else ahead


def _told_ends(told: Told, *, now: float, ahead: float) -> Iterator[float]:
    if told.expires_in is not None:
        yield now + length(told.expires_in)
    if told.expires_at is not None:
        yield moment(told.expires_at) - ahead


def _own_ends(told: Told, *, now: float, ahead: float) -> Iterator[float]:
    for text in told.texts:
        if times := read_jwt(text):
            end = times.end(now=now, ahead=ahead)
        elif (end := inner_end(text, leading=told.leading)) is not None:
            end -= ahead
        if end is not None:
            yield end
