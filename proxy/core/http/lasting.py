"""How long what a platform has confirmed may be played without asking it again.

A playlist of an ended presentation does not change, but the right to play it ends. So
the platform is asked again when its own freshness is over, or after `offline_for`,
whichever is first. If it cannot be asked, what it said last counts until `offline_for`
is over. If it refuses, nothing counts any more.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto

from proxy import errors
from proxy.core.http.freshness import Said
from proxy.core.http.headers import Fields

_REFUSED = frozenset({401, 403, 410})


class Standing(Enum):
    """What may be done with something that was confirmed some time ago."""

    FRESH = auto()
    """It is used, and nobody is asked."""
    STALE = auto()
    """It is used if the upstream cannot be asked."""
    OVER = auto()
    """It is not used."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """When the platform confirmed something, and what it said about its freshness."""

    at: float
    """In epoch seconds."""
    fresh_seconds: float = math.inf
    """Infinite if it did not say."""

    def age(self, now: float) -> float:
        """Return how many seconds ago that was.

        A clock that was set back, as on a machine without a battery, counts as no time.
        """
        return max(0.0, now - self.at)

    def standing(self, now: float, offline_seconds: float) -> Standing:
        """Return what may be done now, in epoch seconds."""
        age = self.age(now)
        if age >= offline_seconds:
            return Standing.OVER
        return Standing.FRESH if age < self.fresh_seconds else Standing.STALE


def confirmed(headers: Fields, at: float, *, trusted: bool) -> Confirmed | None:
    """Return what an answer with these fields confirms; None if it must not be kept.

    `trusted` means that what the upstream says about freshness does not count.
    """
    if trusted:
        return Confirmed(at)
    said = Said.of(headers)
    if said.closed:
        return None
    stated = said.fresh_seconds
    return Confirmed(at - said.age, math.inf if stated is None else stated)


def is_revoked(error: errors.HlsAuthProxyError) -> bool:
    """Return whether a failed load means that the platform no longer lets us play.

    An outage does not, nor does a page of somebody else on the way.
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
