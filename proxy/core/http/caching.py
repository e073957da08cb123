"""Whether the bytes of a resource may be kept for all players, and for how long.

The upstream's header fields take precedence (RFC 9111, as a shared cache). Media
without such fields is assumed not to change while its playlist lists it. RFC 9111
section 3.5 (Authorization) does not apply, because kept bytes belong to one stream and
its credential. Cookies do not matter, because they are never kept.
"""

import math
from dataclasses import dataclass

from proxy.core.http.freshness import Said
from proxy.core.http.headers import Fields

_COMPLETE = frozenset({200, 206})


@dataclass(frozen=True, slots=True)
class Caching:
    """Whether and how long the bytes of an answer may be kept."""

    stored: bool
    """Whether they may be kept."""
    fresh_seconds: float = 0.0
    """The age up to which they may be used; infinite while a playlist lists them."""
    age: float = 0.0
    """The age that the upstream reported."""


def caching_of(headers: Fields, *, status: int, trusted: bool) -> Caching:
    """Return whether and how long the body of such an answer may be kept.

    `trusted` is true if only the stream's playlists decide, and the upstream's fields
    are ignored (`store.trust = "playlist"`). The body of a 206 is a part of a resource.
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
    """Return whether stale bytes may be used while the upstream fails.

    The upstream may forbid that (RFC 9111 section 4.2.4).
    """
    return not Said.of(headers).strict
