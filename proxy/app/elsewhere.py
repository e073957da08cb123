"""Tokens that another process gets for this one.

So the token service is asked once, and not by each process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from proxy.app.lifetime import Lifetime
from proxy.events.refresh import Refresh
from proxy.tokens.source import Source
from proxy.tokens.turns.turn import Queue

QUEUE_SECONDS = 30.0
"""How much longer an attempt may take here than in the other process. That process may
first have to wait for its turn at the service, which is part of the attempt here."""

Report: TypeAlias = Callable[[Refresh], None]


@dataclass(frozen=True, slots=True)
class Issued:
    """The tokens of one stream, which the other process gets."""

    source: Source
    queue: Queue
    """The queue at the token service."""
    heard: Callable[[Report], Report]
    """Wraps a report: leaves out attempts that another process already reports."""


class Elsewhere(Protocol):
    """The process that asks token services."""

    def issued(self, local: str, service: str, user: Lifetime) -> Issued:
        """Return the tokens of a stream, valid for the lifetime of their user.

        `local` is its path below the proxy: `NAME`, or `FAMILY/ID` for a member.
        `service` is the token service. No request is sent yet.
        """
        ...
