"""What all token sources have in common."""

from collections.abc import Mapping
from typing import Self

from proxy.settings.table import Table


class TokenSource(Table):
    """What all sources have in common."""

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
