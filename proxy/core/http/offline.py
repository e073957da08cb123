"""How long an ended presentation may be played before its platform is asked again.

A playlist of an ended presentation does not change, but the right to play it ends. So
the platform is asked again when the playlist is no longer fresh, or after
`offline_for`, whichever is first. If the platform cannot be reached, its last answer is
valid until `offline_for` is over. If it refuses, nothing may be played any more.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto

from proxy import errors
from proxy.core.http.freshness import Said
from proxy.core.http.headers import Fields

_REFUSED = frozenset({401, 403, 410})


class Validity(Enum):
    """What may be done with something that was confirmed some time ago."""

    FRESH = auto()
    """It is used without asking the upstream."""
    STALE = auto()
    """It is used if the upstream cannot be reached."""
    OVER = auto()
    """It is not used."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """When the platform confirmed a playlist, and for how long it is fresh."""

    at: float
    """In epoch seconds."""
    fresh_seconds: float = math.inf
    """Infinite if the platform did not say."""

    def age(self, now: float) -> float:
        """Return how many seconds ago the confirmation was; at least 0.

        The clock may have been set back, as on a machine without a battery.
        """
        return max(0.0, now - self.at)

    def standing(self, now: float, offline_seconds: float) -> Validity:
        """Return what may be done at the time `now`, in epoch seconds."""
        age = self.age(now)
        if age >= offline_seconds:
            return Validity.OVER
        return Validity.FRESH if age < self.fresh_seconds else Validity.STALE


def confirmed(headers: Fields, at: float, *, trusted: bool) -> Confirmation | None:
    """Return the confirmation in an answer with these header fields.

    Returns None if the answer must not be kept. `at` is when it was requested.
    `trusted`: the upstream's fields about freshness are ignored.
    """
    if trusted:
        return Confirmation(at)
    said = Said.of(headers)
    if said.closed:
        return None
    stated = said.fresh_seconds
    return Confirmation(at - said.age, math.inf if stated is None else stated)


def is_revoked(error: errors.HlsAuthProxyError) -> bool:
    """Return whether a failed load means that the platform no longer lets us play.

    An outage does not mean that. Neither does a page that another server on the way
    sent instead.
    """
    match error:
        case errors.PlayerRefusedError():
            return False
        case errors.RefusedError():
            return True
        case errors.SignatureRefusedError():
            return error.otherwise is None
        case errors.StatusError():
            return error.status in _REFUSED
        case _:
            return False
