"""Doors: a credential, how it is carried, what it opens, and how it is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.providers.emulation.asks import (
    EVERYTHING,
    Ask,
    Reason,
    RefusedError,
    Role,
)
from tests.providers.emulation.carriers import Carrier, Shown
from tests.providers.emulation.checks import Check

Statuses = Mapping[Reason, int]

FORBIDDEN: Statuses = dict.fromkeys(Reason, 403)
"""The statuses of most platforms."""
UNAUTHORIZED: Statuses = dict.fromkeys(Reason, 401)
GONE: Statuses = {**FORBIDDEN, Reason.EXPIRED: 410}
"""The statuses of Fastly, KeyCDN and nginx."""


@dataclass(frozen=True, slots=True)
class Door:
    """One credential of a platform."""

    carrier: Carrier
    check: Check
    opens: frozenset[Role] = EVERYTHING
    statuses: Statuses = field(default_factory=lambda: FORBIDDEN)
    own: bool = True
    """Whether its credential is the stream's, which no other request may carry.

    Otherwise the platform made it: a signed URL, a session.
    """
    alone: bool = False
    """Whether no other query parameter is allowed beside it (Mux)."""

    def let_in(self, shown: Shown, rest: Ask, now: float) -> float:
        """Return when the credential expires; raise RefusedError."""
        if not shown:
            raise RefusedError(Reason.MISSING)
        ends = self.check.ends(shown, rest, now)
        if ends <= now:
            raise RefusedError(Reason.EXPIRED)
        if self.alone and rest.query:
            raise RefusedError(Reason.NOT_ALONE)
        return ends


@dataclass(frozen=True, slots=True)
class Entered:
    """A request that was accepted."""

    rest: Ask = field(repr=False)
    """The request without the credential."""
    door: Door | None = None
    """None: it needed no credential."""
    shown: Shown = field(default_factory=dict, repr=False)
    ends: float = float("inf")
