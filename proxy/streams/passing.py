"""What of a player's request passes upstream."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passing:
    """What of a player's request passes upstream, beside what always does."""

    parameters: Collection[str] = ()
    """Query parameters, on the entry alone: they select what it lists, and so which
    presentation of the stream is asked; see `selections`."""
    hidden: Collection[str] = ()
    """Query parameters that carry the token, in lower case: none of a player's pass."""
    client_data: bool = False
    """Whether CMCD in the query passes with requests for media too."""
