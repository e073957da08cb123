"""Limits how many names a catalog may have."""

from typing import NamedTuple, Protocol


class Allowed(NamedTuple):
    """How many names a catalog may have now."""

    names: int
    """The limit on all names. Above it, playlists that are still listed are dropped."""
    spare: int
    """A limit no higher than `names`. Above it, names no longer listed are dropped."""


class NameQuota(Protocol):
    """Counts the names of a catalog against a limit."""

    @property
    def over(self) -> bool:
        """Whether the names are no longer counted here."""
        ...

    def takes(self, names: int) -> Allowed:
        """Record how many names the catalog has; return how many it may have."""
        ...


class OwnQuota:
    """The room of a catalog that does not share its limit."""

    over = False

    def __init__(self, limit: int) -> None:
        self._allowed = Allowed(limit, limit)

    def takes(self, names: int) -> Allowed:  # noqa: ARG002 - the same for any number
        """Return how many names the catalog may have."""
        return self._allowed
