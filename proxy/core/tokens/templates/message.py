"""The texts that platforms hash or sign: placeholders with filters.

`{path}` is a placeholder; `{path:unquote:lower}` passes its value through filters, from
left to right. A brace around anything else is an ordinary character, so JSON can be
written as it is. To write a literal brace before a name, use `{brace}`. Values are
bytes and are inserted unchanged. Text in a value that looks like a placeholder is not
filled.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from proxy.core.tokens.templates.filters import FILTERS

BRACE = "brace"
"""The placeholder for a literal opening brace."""

_HOLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)((?::[A-Za-z0-9_-]+)*)\}")


@dataclass(frozen=True, slots=True)
class Hole:
    """A placeholder for a value."""

    name: str
    filters: tuple[str, ...] = ()

    def filled(self, values: Mapping[str, bytes]) -> bytes:
        """Return the filtered value; raise `ValueError` if a filter cannot read it."""
        value = b"{" if self.name == BRACE else values[self.name]
        for name in self.filters:
            value = FILTERS[name](value)
        return value


@dataclass(frozen=True, slots=True)
class Message:
    """A parsed text with placeholders."""

    pieces: tuple[bytes | Hole, ...]

    @property
    def holes(self) -> frozenset[str]:
        """The names of the values that it needs."""
        return frozenset(hole.name for hole in self._holes()) - {BRACE}

    @property
    def filters(self) -> frozenset[str]:
        """The names of its filters, including unknown ones."""
        return frozenset(name for hole in self._holes() for name in hole.filters)

    def filled(self, values: Mapping[str, bytes]) -> bytes:
        """Return the message.

        Raise `ValueError` if a filter cannot read its value; the error's text does not
        contain the value. All placeholders and filters must be known.
        """
        return b"".join(
            piece.filled(values) if isinstance(piece, Hole) else piece
            for piece in self.pieces
        )

    def _holes(self) -> list[Hole]:
        return [piece for piece in self.pieces if isinstance(piece, Hole)]


def message(text: str) -> Message:
    """Parse a text; any text is valid."""
    pieces: list[bytes | Hole] = []
    end = 0
    for found in _HOLE.finditer(text):
        filters = tuple(found[2].split(":")[1:])
        pieces += [text[end : found.start()].encode(), Hole(found[1], filters)]
        end = found.end()
    pieces.append(text[end:].encode())
    return Message(tuple(piece for piece in pieces if piece != b""))


def literal(text: str) -> str:
    """Return a text escaped so that its braces are taken literally."""
    return text.replace("{", f"{{{BRACE}}}")
