"""How long a playlist that was loaded for one player may answer others.

The upstream's own statement takes precedence (RFC 9111). Without one it is half a
target duration, as RFC 8216bis appendix B.1 recommends for caches. A live media
playlist is never used beyond an age of 1.5 target durations: a playlist that does not
move makes the player stall.
"""

from dataclasses import dataclass

from proxy import errors
from proxy.core.http.answers import DOUBTFUL
from proxy.core.http.freshness import Said
from proxy.core.http.headers import Fields
from proxy.core.http.player_query import directed, selects

_UNSTATED_TARGETS = 0.5
_OLDEST_TARGETS = 1.5

_PASSING = frozenset({404, 412, 425})
_SERVER_ERROR = 500
_PERMANENT, _PERMANENT_SECONDS = frozenset({301, 308}), 3600.0
# For an open entry these statuses are passed on, but they are still refusals.
_REFUSED = frozenset({401, 403, 410})
_REFUSALS = (
    errors.ImposterError,
    errors.NotReadyError,
    errors.RedirectRefusedError,
    errors.RefusedError,
    errors.SignatureRefusedError,
)


@dataclass(frozen=True, slots=True)
class Reuse:
    """How long a loaded playlist may be used, in seconds since the request for it."""

    fresh: float = 0.0
    """Until then it answers equal requests."""
    usable: float = 0.0
    """Until then it may be used when the upstream fails."""
    age: float = 0.0
    """The age that the upstream reported."""

    @property
    def kept(self) -> float:
        """How long it is worth keeping."""
        return max(self.fresh, self.usable)


def sharing_of(
    headers: Fields, *, target_seconds: float, media: bool, live: bool
) -> Reuse:
    """Return how long a playlist with these header fields may be used.

    `media` is true for a media playlist, false for a multivariant one. `live` is true
    if the playlist may change.
    """
    said = Said.of(headers)
    if said.closed:
        return Reuse(age=said.age)
    oldest = _OLDEST_TARGETS * target_seconds - said.age
    stated = said.fresh_seconds
    fresh = _UNSTATED_TARGETS * target_seconds if stated is None else stated - said.age
    if media and live:
        fresh = min(fresh, oldest)
    return Reuse(max(0.0, fresh), max(0.0, oldest) if media else 0.0, said.age)


def is_away(error: errors.HlsAuthProxyError) -> bool:
    """Return whether a failed reload says nothing about the playlist itself."""
    if isinstance(error, errors.StatusError):
        return error.status >= _SERVER_ERROR
    return isinstance(error, errors.UnreachableError)


def redirect_seconds(status: int, headers: Fields) -> float:
    """Return how long a redirect may be followed without asking again (RFC 9111).

    A permanent redirect without a stated lifetime is kept for an hour, because some
    servers do not mean it for good.
    """
    said = Said.of(headers)
    if said.closed:
        return 0.0
    stated = said.fresh_seconds
    if stated is None:
        return _PERMANENT_SECONDS if status in _PERMANENT else 0.0
    return max(0.0, stated - said.age)


def may_bridge(error: errors.HlsAuthProxyError) -> bool:
    """Return whether the error of a reload may be temporary, as faults of CDNs are.

    A refusal is not bridged: the keeper decides what it means.
    """
    match error:
        case errors.StatusError():
            return error.status in _PASSING or error.status >= _SERVER_ERROR
        case (
            errors.UnreachableError() | errors.NotReadyError() | errors.BadAnswerError()
        ):
            return True
        case _:
            return False


def is_refusal(error: errors.HlsAuthProxyError, query: str) -> bool:
    """Return whether a failed load is a refusal for all who ask soon, with any query.

    If a player selects something by its query, the refusal may only apply to that
    player. 400 and 404 may also be answers to delivery directives.
    """
    if selects(query) or isinstance(error, errors.PlayerRefusedError):
        return False
    if isinstance(error, errors.StatusError):
        about_it = error.status in DOUBTFUL and not directed(query)
        return about_it or error.status in _REFUSED
    return isinstance(error, _REFUSALS)
