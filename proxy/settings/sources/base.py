"""What all token sources have in common."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal, Self

from proxy.settings.errors.mistakes import KeyPath, Mistake
from proxy.settings.values.table import Table

Binding = Literal["stream", "url", "once"]
"""What a token is valid for: the whole stream, one URL, or one request."""


class TokenSource(Table):
    """What all sources have in common."""

    bindings: ClassVar[frozenset[Binding]] = frozenset({"stream", "once"})
    """What its tokens may be bound to. "url" requires a source that signs at each use,
    and "once" a source that makes a new token each time."""

    reread: ClassVar[frozenset[str]] = frozenset()
    """Secrets that are reread from their files, NAME_file, at each use. A changed
    secret does not make it another source."""

    def settled(self) -> Self:
        """Return the source without the secrets that it rereads from files."""
        again = {name for name in self.reread if getattr(self, f"{name}_file")}
        return self.model_copy(update=dict.fromkeys(again))

    @property
    def needs_url(self) -> bool:
        """Return whether each URL needs its own token: parts of it are signed."""
        return False

    @property
    def unique(self) -> bool:
        """Return whether the settings show that it makes a new token each time."""
        return True

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset({"token"})

    def holes(self) -> frozenset[str]:
        """Return the placeholders to fill from the stream's keys."""
        return frozenset()

    def held_by(self, name: str) -> KeyPath:
        """Return the key, below `token`, of the template with this placeholder."""
        del name
        return ("claims",)

    def further(self) -> frozenset[str]:
        """Return the placeholders that are filled for each token."""
        return frozenset()

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with these placeholders filled."""
        del values
        return self

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong with the filled source; keys are relative to `token`."""
        yield from ()
