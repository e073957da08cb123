"""What all token sources have in common."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from proxy.settings.table import Table

Binding = Literal["stream", "url", "once"]
"""What a token is good for: the whole stream, one URL, one request."""


class TokenSource(Table):
    """What all sources have in common."""

    bindings: ClassVar[frozenset[Binding]] = frozenset({"stream", "once"})
    """What its tokens may be bound to: "url" is for what signs by itself, at use, and
    "once" for what gives another token each time."""

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset({"token"})

    def holes(self) -> frozenset[str]:
        """Return the names that are to be filled from the stream's keys."""
        return frozenset()

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with these names filled."""
        del values
        return self
