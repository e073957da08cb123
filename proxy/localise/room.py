"""How many names a catalog may have."""

from typing import NamedTuple, Protocol


class Allowed(NamedTuple):
    """How many names a catalog may have now."""

    names: int
    """In all: beyond that it forgets playlists that are still listed, too."""
    spare: int
    """At most as many: beyond that it forgets names that nothing lists any more."""


class Room(Protocol):
    """Where the names of a catalog are counted."""

    @property
    def over(self) -> bool:
        """Whether they are counted there no more."""
        ...

    def takes(self, names: int) -> Allowed:
        """Take in how many names it has; return how many it may have."""
        ...


class OwnRoom:
    """That of a catalog that shares with no other."""

    over = False

    def __init__(self, limit: int) -> None:
        self._allowed = Allowed(limit, limit)

    def takes(self, names: int) -> Allowed:  # noqa: ARG002 - the same for any number
        """Return how many it may have."""
        return self._allowed
