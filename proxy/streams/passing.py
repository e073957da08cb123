"""Which parts of a player's request are forwarded upstream."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passing:
    """Parts of a player's request that are forwarded, besides those that always are."""

    parameters: Collection[str] = ()
    """Query parameters that are forwarded on the entry only. They select what the
    entry lists, and so which presentation of the stream is used; see `selections`."""
    hidden: Collection[str] = ()
    """Query parameters that carry the token, in lower case. A player's are dropped."""
    client_data: bool = False
    """Whether CMCD in the query is forwarded with media requests too."""
