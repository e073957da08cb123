"""What all token sources have in common."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal, Self

from proxy.settings.errors.mistakes import KeyPath, Mistake
from proxy.settings.values.table import Table

Binding = Literal["stream", "url", "once"]
"""What a token is good for: the whole stream, one URL, one request."""


class TokenSource(Table):
    """What all sources have in common."""

    bindings: ClassVar[frozenset[Binding]] = frozenset({"stream", "once"})
    """What its tokens may be bound to: "url" is for what signs by itself, at use, and
    "once" for what gives another token each time."""

    reread: ClassVar[frozenset[str]] = frozenset()
    """Secrets that are read again from their files, NAME_file, whenever they are used:
    another content makes no other source."""

    def settled(self) -> Self:
        """Return the source without what it reads again from files."""
        again = {name for name in self.reread if getattr(self, f"{name}_file")}
        return self.model_copy(update=dict.fromkeys(again))

    @property
    def needs_url(self) -> bool:
        """Whether each URL needs a token of its own: parts of it are signed."""
        return False

    @property
    def unique(self) -> bool:
        """Whether it gives another token each time, as far as the settings show."""
        return True

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset({"token"})

    def holes(self) -> frozenset[str]:
        """Return the names that are to be filled from the stream's keys."""
        return frozenset()

    def held_by(self, name: str) -> KeyPath:
        """Return the key of the template that has this hole, below `token`."""
        del name
        return ("claims",)

    def further(self) -> frozenset[str]:
        """Return the names that are filled for each token anew."""
        return frozenset()

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with these names filled."""
        del values
        return self

    def mistakes(self) -> Iterator[Mistake]:
        """Yield what is wrong with the source once it is filled; keys below `token`."""
        yield from ()
