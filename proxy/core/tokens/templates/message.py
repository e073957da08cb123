"""What platforms want hashed or signed: texts with holes and filters.

`{path}` is a hole; `{path:unquote:lower}` passes its value through filters, from left
to right. A brace that stands around anything else is itself, so that JSON can be
written as it is; where a brace before a name is meant, `{brace}` writes it. Values are
bytes and are put in as they are: what looks like a hole in one is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from proxy.core.tokens.templates.filters import FILTERS

BRACE = "brace"
"""The hole that writes an opening brace."""

_HOLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)((?::[A-Za-z0-9_-]+)*)\}")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for a value."""

    name: str
    filters: tuple[str, ...] = ()

    def filled(self, values: Mapping[str, bytes]) -> bytes:
        """Return the value, filtered; raise `ValueError` if a filter cannot read it."""
        value = b"{" if self.name == BRACE else values[self.name]
        for name in self.filters:
            value = FILTERS[name](value)
        return value


@dataclass(frozen=True, slots=True)
class Message:
    """A text with holes, taken apart once."""

    pieces: tuple[bytes | Hole, ...]

    @property
    def holes(self) -> frozenset[str]:
        """The names of what is wanted to fill it."""
        return frozenset(hole.name for hole in self._holes()) - {BRACE}

    @property
    def filters(self) -> frozenset[str]:
        """The names of its filters, known or not."""
        return frozenset(name for hole in self._holes() for name in hole.filters)

    def filled(self, values: Mapping[str, bytes]) -> bytes:
        """Return the message.

        Raise `ValueError` if a filter cannot read its value, which its text does not
        hold. Holes and filters have to be known.
        """
        return b"".join(
            piece.filled(values) if isinstance(piece, Hole) else piece
            for piece in self.pieces
        )

    def _holes(self) -> list[Hole]:
        return [piece for piece in self.pieces if isinstance(piece, Hole)]


def message(text: str) -> Message:
    """Take a text apart; any text is one."""
    pieces: list[bytes | Hole] = []
    end = 0
    for found in _HOLE.finditer(text):
        filters = tuple(found[2].split(":")[1:])
        pieces += [text[end : found.start()].encode(), Hole(found[1], filters)]
        end = found.end()
    pieces.append(text[end:].encode())
    return Message(tuple(piece for piece in pieces if piece != b""))


def literal(text: str) -> str:
    """Return how a text is written that is meant as it is, braces and all."""
    return text.replace("{", f"{{{BRACE}}}")
