"""Tokens that another process gets for this one, so that a service is asked once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from proxy.app.lifetime import Lifetime
from proxy.events.refresh import Refresh
from proxy.tokens.source import Source
from proxy.tokens.turns.turn import Queue

QUEUE_SECONDS = 30.0
"""How much longer an attempt may take here than there: the other process takes the turn
at the service, and waits for it, within the attempt of this one."""

Report: TypeAlias = Callable[[Refresh], None]


@dataclass(frozen=True, slots=True)
class Issued:
    """The tokens of one stream, as the other process gives them."""

    source: Source
    queue: Queue
    """The queue at the token service."""
    heard: Callable[[Report], Report]
    """Returns a report without attempts that other processes report already."""


class Elsewhere(Protocol):
    """The process that asks token services."""

    def issued(self, local: str, service: str, user: Lifetime) -> Issued:
        """Return the tokens of a stream, for as long as its user lives.

        `local` is its path below the proxy: `NAME`, or `FAMILY/ID` for a member.
        `service` is the token service. Nothing is asked yet.
        """
        ...
