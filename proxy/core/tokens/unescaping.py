"""A text with its escapes undone, and where each piece of it stood.

Percent-encoding, the escapes of JSON and JavaScript, and HTML's character references,
all at once: servers write one inside the other.
"""

import html.entities
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

MOST_LAYERS = 6
"""How often an escape may itself be escaped: a parameter of a parameter is three."""

_HEX = rb"[0-9A-Fa-f]"
_ESCAPE = re.compile(
    rb"%%(?:u(%b{4})|(%b{2}))"
    rb"|\\(?:u([Dd][89ABab]%b{2})\\u([Dd][C-Fc-f]%b{2})|u(%b{4})|x(%b{2})|([\"'\\/bfnrt]))"
    rb"|&(?:\#(?:0*([0-9]{1,7})|[xX]0*(%b{1,6}))|([A-Za-z]{2,8}));" % ((_HEX,) * 7)
)
_CONTROLS = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_NAMED = {
    name.removesuffix(";").encode(): char.encode()
    for name, char in html.entities.html5.items()
    if name.endswith(";") and char.isascii()
}


@dataclass(frozen=True, slots=True)
class Layer:
    """A text with one layer of escapes undone."""

    text: bytes
    _begins: list[int]
    """Where pieces begin here: a literal one, an escaped one, a literal one, …"""
    _stood: list[int]
    """Where they began in the text before."""
    _above: "Layer | None"

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch of this text stood in the original."""
        first = bisect_right(self._begins, start) - 1
        last = bisect_right(self._begins, end - 1) - 1
        if first % 2:
            start = self._stood[first]
        else:
            start += self._stood[first] - self._begins[first]
        if last % 2:
            end = self._stood[last + 1]
        else:
            end += self._stood[last] - self._begins[last]
        return self._above.original(start, end) if self._above else (start, end)


def layers(text: bytes) -> Iterator[Layer]:
    """Yield the text with one layer of escapes undone, with two, until none is left."""
    return islice(_layers(text), MOST_LAYERS)


def is_escaped(text: bytes) -> bool:
    """Tell in no time whether there may be an escape."""
    return b"%" in text or b"\\" in text or (b"&" in text and b";" in text)


def _layers(text: bytes) -> Iterator[Layer]:
    above: Layer | None = None
    while is_escaped(text):
        below = _undone(text, above)
        if below is None:
            return
        yield below
        text, above = below.text, below


def _undone(text: bytes, above: Layer | None) -> Layer | None:
    written: list[bytes] = []
    begins, stood, size, at = [0], [0], 0, 0
    for found in _ESCAPE.finditer(text):
        meant = _meant(found)
        if meant is None:
            continue
        literal = text[at : found.start()]
        at = found.end()
        written += literal, meant
        begins += size + len(literal), size + len(literal) + len(meant)
        size = begins[-1]
        stood += found.start(), at
    if not written:
        return None
    written.append(text[at:])
    return Layer(b"".join(written), begins, stood, above)


def _meant(found: re.Match[bytes]) -> bytes | None:
    """Return what an escape means, in UTF-8; None for one that means nothing."""
    unit, byte, high, low, char, short, letter, decimal, hexadecimal, name = (
        found.groups()
    )
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
