"""When a token ends, and begins, by all that is known of it.

The one rule (reliability, section 2.1): a token lives for the shortest of what its
service says, what the token says against the service's clock, and what it says of its
own making. What nobody tells is unknown: such a token is used until it is refused. What
is told and cannot be read is an error, and never as good as untold.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from proxy.core.tokens.times.embedded_end import inner_end
from proxy.core.tokens.times.instant import length, moment
from proxy.core.tokens.times.jwt_times import read_jwt
from proxy.errors import ExpiryError

DATE_SECONDS = 1.0
"""The resolution of a `Date` (RFC 9110 section 5.6.7)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told about the end of a token. `None` is nothing."""

    expires_in: object = None
    """Seconds that it lives: a number, or a text that holds one."""
    expires_at: object = None
    """The moment of its end, in any form that `times.instant` reads."""
    texts: tuple[str, ...] = field(default=(), repr=False)
    """The token's own texts, which may tell by themselves."""
    ttl: float | None = None
    """Seconds that it lives if nothing else tells."""
    leading: bool = False
    """Whether the texts begin with the epoch seconds of their end and an underscore."""


def end_of(told: Told, *, now: float, theirs: float | None = None) -> float | None:
    """Return when a token ends, in epoch seconds of our clock; `None` is unknown.

    `now` is when it was asked for, on our clock; `theirs` what the clock of its service
    said with the answer, if it did. Raise `ExpiryError` if what is told cannot be read,
    or is over.
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
    """Return the end of a token by the clock that its `nbf` is read by.

    `end` is that by `end_of`, which takes off how far its service's clock is ahead. A
    token cannot be made before its `iat`: that tells of the clock too.
    """
    if end is None:
        return None
    jwts = [times for text in told.texts if (times := read_jwt(text))]
    leads = [times.issued_at - now for times in jwts if times.issued_at is not None]
    lead = max([0.0 if theirs is None else _ahead(theirs, now), *leads, 0.0])
    ends = [times.expires_at for times in jwts if times.expires_at is not None]
    return min([end + lead, *ends])


def start_of(texts: Iterable[str]) -> float | None:
    """Return the latest moment before which one of the texts says it is not valid.

    In epoch seconds of whoever made it; `None` is none.
    """
    said = (times.not_before for text in texts if (times := read_jwt(text)))
    return max((start for start in said if start is not None), default=None)


def _ahead(theirs: float, now: float) -> float:
    """Return how far their clock is ahead of ours, as far as a `Date` tells.

    Its fraction is cut off. Taken for a difference, that would lengthen the life of a
    token by up to a second, which is all that is kept back of a short one.
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
