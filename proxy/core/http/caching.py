"""Whether the bytes of a resource may be kept for all players, and for how long.

The upstream's own statement takes precedence (RFC 9111, as a shared cache). Media about
which it says nothing does not change while its playlist lists it. RFC 9111 section 3.5
(Authorization) does not apply: what is kept belongs to one stream and its credential.
Cookies do not matter, because they are never kept.
"""

import math
from dataclasses import dataclass

from proxy.core.http.freshness import Said
from proxy.core.http.headers import Fields

_COMPLETE = frozenset({200, 206})


@dataclass(frozen=True, slots=True)
class Caching:
    """What may be done with the bytes of an answer."""

    stored: bool
    """Whether they may be kept."""
    fresh_seconds: float = 0.0
    """Up to which age they may be used; infinite as long as a playlist lists them."""
    age: float = 0.0
    """The age that the upstream reported."""


def caching_of(headers: Fields, *, status: int, trusted: bool) -> Caching:
    """Return whether and how long the body of such an answer may be kept.

    `trusted` is true if the stream's playlists decide alone, whatever the upstream says
    about its media (`store.trust = "playlist"`). The body of a 206 is a part.
    """
    said = Said.of(headers)
    if status not in _COMPLETE:
        return Caching(stored=False, age=said.age)
    if trusted:
        return Caching(stored=True, fresh_seconds=math.inf, age=said.age)
    fresh = math.inf if said.fresh_seconds is None else said.fresh_seconds
    if said.closed or fresh <= said.age:
        return Caching(stored=False, age=said.age)
    return Caching(stored=True, fresh_seconds=fresh, age=said.age)


def may_be_stale(headers: Fields) -> bool:
    """Return whether kept bytes may be used when they are stale and the upstream fails.

    The upstream may forbid it (RFC 9111 section 4.2.4).
    """
    return not Said.of(headers).strict
