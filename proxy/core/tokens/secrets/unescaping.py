"""Removing the escapes of a text while remembering the original positions.

The escapes are percent-encoding, those of JSON and JavaScript, a backslash before
anything but a letter or a digit, and HTML character references, whose semicolon may be
missing. All are removed together, because servers nest them.
"""

import html.entities
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

MOST_LAYERS = 6
"""How many times an escape may itself be escaped: a parameter within a parameter needs
three."""

_HEX = rb"[0-9A-Fa-f]"
_ESCAPE = re.compile(
    rb"%%(?:u(%b{4})|(%b{2}))"
    rb"|\\(?:u([Dd][89ABab]%b{2})\\u([Dd][C-Fc-f]%b{2})|u(%b{4})|x(%b{2})"
    rb"|([ -/:-@\[-`{-~bfnrt]))"
    rb"|&(?:\#(?:0*([0-9]{1,7})|[xX]0*(%b{1,6}));?+|([A-Za-z]{2,8});"
    rb"|(amp))" % ((_HEX,) * 7)
)
# The same, but a run of percent-encoded bytes is one match.
_ESCAPES = re.compile(rb"((?:%%%b{2})+)|" % _HEX + _ESCAPE.pattern)
_CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_NAMED = {
    name.removesuffix(";").encode(): char.encode()
    for name, char in html.entities.html5.items()
    if name.endswith(";") and char.isascii()
}


@dataclass(frozen=True)
class Layer:
    """A text with one layer of escapes removed."""

    text: bytes = field(repr=False)
    _before: bytes = field(repr=False)
    """The text before that layer was removed."""
    _above: "Layer | None" = field(default=None, repr=False)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where a range of this text was in the original."""
        begins, stood = self._pieces
        first = bisect_right(begins, start) - 1
        last = bisect_right(begins, end - 1) - 1
        start = stood[first] + (0 if first % 2 else start - begins[first])
        end = stood[last + 1] if last % 2 else stood[last] + end - begins[last]
        return self._above.original(start, end) if self._above else (start, end)

    @cached_property
    def _pieces(self) -> tuple[list[int], list[int]]:
        """Where pieces begin in this text, and where they began before.

        Literal and escaped pieces alternate, a literal one first. This is computed on
        demand, because it takes several times as long as the text itself.
        """
        begins, stood, size, at = [0], [0], 0, 0
        for found in _ESCAPE.finditer(self._before):
            meant = _meant(found)
            if meant is not None:
                literal = found.start() - at
                at = found.end()
                begins += size + literal, size + literal + len(meant)
                size = begins[-1]
                stood += found.start(), at
        return begins, stood


def layers(text: bytes) -> Iterator[Layer]:
    """Yield the text with one layer of escapes removed, then two, and so on.

    It ends when no escape is left, or after `MOST_LAYERS`.
    """
    return islice(_layers(text), MOST_LAYERS)


def is_escaped(text: bytes) -> bool:
    """Return quickly whether there may be an escape."""
    if b"%" in text or b"\\" in text:
        return True
    return b"&" in text and (b";" in text or b"&#" in text)


def _layers(text: bytes) -> Iterator[Layer]:
    above: Layer | None = None
    while is_escaped(text):
        undone = _ESCAPES.sub(_undone, text)
        if undone == text:
            return
        above = Layer(undone, text, above)
        yield above
        text = undone


def _undone(found: re.Match[bytes]) -> bytes:
    run = found[0]
    if found[1] is not None:
        return bytes.fromhex(found[1].replace(b"%", b"").decode())
    escape = _ESCAPE.match(run)
    meant = None if escape is None else _meant(escape)
    return run if meant is None else meant


def _meant(found: re.Match[bytes]) -> bytes | None:
    """Return what an escape stands for, in UTF-8; None if it is invalid."""
    unit, byte, high, low, char, short, letter, decimal, hexadecimal, closed, bare = (
        found.groups()
    )
    name = closed or bare
    if byte or short:
        return bytes.fromhex((byte or short).decode())
    if letter:
        return _CONTROLS.get(letter, letter)
    if name:
        return _NAMED.get(name)
    if high:
        return bytes.fromhex((high + low).decode()).decode("utf-16-be").encode()
    code = int(decimal) if decimal else int(unit or char or hexadecimal, 16)
    return _encoded(code)


def _encoded(code: int) -> bytes | None:
    if code > 0x10FFFF:  # noqa: PLR2004 - the end of Unicode
        return None
    return chr(code).encode("utf-8", "replace")
