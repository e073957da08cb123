"""The encodings in which a server may repeat a secret that it was sent.

Unchanged, percent-encoded once or twice, with `+` for a space, with JSON or HTML
escapes, in hexadecimal, or in base64 behind other text. The payload and the signature
of a JWT each count as a secret.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from proxy.core.tokens.secrets.unescaping import Layer, is_escaped, layers

SHORTEST = 8
"""Shorter values occur in texts by chance. So do dates in digits, which are part of
many tokens but give no access."""

_SHORTEST_TO_MASK = 4
_SHORTEST_BASE64 = 8
# Characters that no encoder escapes without need. A backslash may precede any other.
_PLAIN = re.compile(rb"[A-Za-z0-9]+")
# Such a character in escaped form, or an escaped beginning of another escape. The
# patterns are separate because a pattern with a fixed first byte is searched three
# times as fast.
_UNIT = rb"(?:u|2[36DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[CcFf])"
_NEEDLESS = tuple(
    (first, re.compile(pattern))
    for first, pattern in (
        (b"%", rb"%%(?:%b|(?:25)+%b)" % (_UNIT, _UNIT)),
        (b"\\", rb"\\[ux]"),
        (b"&#", rb"&#"),
    )
)
_BLANKS = bytes.maketrans(b"+", b" ")
_PLUSES = bytes.maketrans(b" ", b"+")
_BREAKS = b"\r\n"
# The header of a JWT is the same for everybody (RFC 7515, section 3.1).
_MIXED_PART = r"((?=[^.]*[0-9])(?=[^.]*[A-Za-z])[A-Za-z0-9_-]{8,})"
_SIGNED = re.compile(rf"[A-Za-z0-9_-]+\.{_MIXED_PART}\.{_MIXED_PART}")
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class Spelt:
    """The byte strings to search for to find some secrets."""

    needles: tuple[bytes, ...] = field(repr=False)
    """The secrets as they may appear in a text."""
    meant: tuple[bytes, ...] = field(repr=False)
    """The secrets without any escapes, and with a space for each `+`."""
    anchors: tuple[bytes, ...] = field(repr=False)
    """A part of each secret that no usual encoding changes."""

    def read(self, text: bytes) -> Iterator[tuple[Layer, bytes]]:
        """Yield the text with its escapes removed layer by layer, and spaces for `+`.

        Nothing is yielded if the escapes in the text cannot belong to a secret, which
        is the usual case.
        """
        if is_escaped(text) and (
            any(map(text.__contains__, self.anchors)) or _is_needless(text)
        ):
            for layer in layers(text):
                yield layer, layer.text.translate(_BLANKS)

    def is_broken_in(self, text: bytes) -> bool:
        """Return whether a secret is split by a line break written as an escape.

        Base64 is written this way in one line of a playlist, or in JSON.
        """
        # Searching one byte is a hundred times as fast as searching two.
        if b"\\" not in text or b"\\n" not in text:
            return False
        joined = text.replace(b"\\r", b"").replace(b"\\n", b"").translate(None, _BREAKS)
        return any(map(joined.__contains__, self.needles))

    def __or__(self, other: "Spelt") -> "Spelt":
        return Spelt(
            self.needles + other.needles,
            self.meant + other.meant,
            self.anchors + other.anchors,
        )


def tells(secret: str, *, strict: bool = False) -> bool:
    """Return whether a value is too distinctive to occur in a text by chance."""
    if strict:
        return len(secret) >= _SHORTEST_TO_MASK
    return len(secret) >= SHORTEST and not secret.isdigit()


def spelt_all(secrets: Iterable[str], *, strict: bool) -> Spelt:
    """Return what to search for to find these secrets."""
    needles: dict[bytes, None] = {}
    meant: dict[bytes, None] = {}
    for secret in secrets:
        for form in _forms(secret, strict=strict):
            bare = form.translate(_BLANKS)
            needles.update(dict.fromkeys((form, bare, bare.translate(_PLUSES))))
            meant[bare] = None
        for part in map(as_bytes, _parts(secret)):
            # A secret that is known in escaped form may be written without escapes.
            for form in (part, *(layer.text for layer in layers(part))):
                if form is part or tells(form.decode("utf-8", "surrogateescape")):
                    digits = form.hex()
                    needles[digits.encode()] = needles[digits.upper().encode()] = None
    anchors = {max(_PLAIN.findall(bare), key=len, default=b"") for bare in meant}
    return Spelt(tuple(needles), tuple(meant), tuple(anchors))


def _parts(secret: str) -> tuple[str, ...]:
    """Return the parts of a secret that each give it away."""
    signed = _SIGNED.fullmatch(secret)
    return (secret,) if signed is None else (signed[1], signed[2])


def _forms(secret: str, *, strict: bool) -> Iterator[bytes]:
    """Yield a secret unchanged, without its own escapes, and both in base64."""
    yield as_bytes(secret)
    for part in _parts(secret):
        for whole in _charsets(part):
            for form in (whole, *(layer.text for layer in layers(whole))):
                text = form.decode("utf-8", "surrogateescape")
                if form is whole or tells(text, strict=strict):
                    yield form
                    yield from _in_base64(form)


def _charsets(text: str) -> Iterator[bytes]:
    """Yield a text in UTF-8, and in Latin-1 if that differs."""
    yield as_bytes(text)
    with suppress(UnicodeEncodeError):
        if not text.isascii():
            yield text.encode("latin-1")


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """Yield the base64 of a secret that does not depend on the text around it."""
    if len(secret) < _SHORTEST_BASE64:
        return
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret)
        # Leave out characters that include a bit of the text before or after it.
        first, last = (before * 8 + 5) // 6, (before + len(secret)) * 8 // 6
        core = coded[first:last]
        yield core
        if (safe := core.translate(_URL_SAFE)) != core:
            yield safe


def _is_needless(text: bytes) -> bool:
    """Return whether a character is escaped that no encoder needs to escape."""
    return any(first in text and pattern.search(text) for first, pattern in _NEEDLESS)


def as_bytes(text: str | bytes) -> bytes:
    """Return a text in UTF-8; bytes that were not decodable are restored."""
    if isinstance(text, bytes):
        return text
    return text.encode("utf-8", "surrogateescape")
