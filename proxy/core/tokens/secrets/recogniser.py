"""Finds secrets in a text, however they are spelt, and takes them out.

Servers repeat what they are sent: as it is, percent-encoded once or twice, with `+`
for a blank, in the escapes of JSON or HTML, in base64 with something before it.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from proxy.core.tokens.secrets.unescaping import Layer, is_escaped, layers

SHORTEST = 8
"""A shorter value is found in any text by chance; so is a date in digits, which is part
of many tokens but opens nothing."""

_SHORTEST_TO_MASK = 4
_SHORTEST_BASE64 = 8
# Taking out may join what stood around it to another secret.
_MOST_ROUNDS = 8
# What no encoder escapes without need.
_PLAIN = re.compile(rb"[A-Za-z0-9_.-]+")
# Such a character, escaped nonetheless; or an escape of what begins an escape. One by
# one, since a pattern with one first byte is searched for three times as fast.
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
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class _Spelt:
    """What is looked for because of one secret."""

    needles: tuple[bytes, ...] = field(repr=False)
    """As they may stand in a text."""
    meant: tuple[bytes, ...] = field(repr=False)
    """As they are when no escape is left, and each `+` is a blank."""
    anchors: tuple[bytes, ...] = field(repr=False)
    """A piece of each that stays as it is in any usual spelling."""

    def read(self, text: bytes) -> Iterator[tuple[Layer, bytes]]:
        """Yield the text without escapes, layer by layer, and with blanks for `+`.

        None of a text whose escapes cannot be those of a secret: most are so.
        """
        if is_escaped(text) and (
            any(anchor in text for anchor in self.anchors) or _is_needless(text)
        ):
            for layer in layers(text):
                yield layer, layer.text.translate(_BLANKS)

    def __or__(self, other: "_Spelt") -> "_Spelt":
        return _Spelt(
            self.needles + other.needles,
            self.meant + other.meant,
            self.anchors + other.anchors,
        )


class Recogniser:
    """Finds some secrets in texts. Two that look for the same are equal.

    Short values and numbers are not looked for: they stand in texts by chance. A
    `strict` one looks for them too, since it is no harm where they are taken out.
    """

    __slots__ = ("_spelt", "given", "secrets", "strict")

    def __init__(self, secrets: Iterable[str] = (), *, strict: bool = False) -> None:
        self.strict = strict
        self.given = frozenset(secrets)
        self.secrets = frozenset(s for s in self.given if _tells(s, strict=strict))
        self._spelt: _Spelt | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything to look for."""
        return bool(self.secrets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Recogniser):
            return NotImplemented
        return self.secrets == other.secrets and self.strict == other.strict

    def __hash__(self) -> int:
        return hash((self.secrets, self.strict))

    def __repr__(self) -> str:
        return f"Recogniser(of {len(self.secrets)})"

    def joined(self, secrets: Iterable[str]) -> Self:
        """Return one that looks for more; itself, if it knows them all."""
        more = frozenset(secrets) - self.given
        if not more:
            return self
        joined = type(self)(self.given | more, strict=self.strict)
        new = _spelt_all(joined.secrets - self.secrets, strict=self.strict)
        joined._spelt = self._known() | new  # noqa: SLF001 - one of its own
        return joined

    def holds(self, text: str | bytes) -> bool:
        """Tell whether one of the secrets stands in a text."""
        if not self.secrets:
            return False
        spelt, body = self._known(), _bytes(text)
        for needle in spelt.needles:
            if needle in body:
                return True
        return any(
            meant in plain for _, plain in spelt.read(body) for meant in spelt.meant
        )

    def without(self, text: bytes, mask: bytes = b"") -> bytes | None:
        """Return a text with the mask for each secret; None if they cannot be had out.

        A text without any comes back as it is, the same object.
        """
        if not self.secrets:
            return text
        for _ in range(_MOST_ROUNDS):
            spans = sorted(self._found(text))
            if not spans:
                return text
            text = _cut(text, spans, mask)
        return None

    def _found(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield where they stand; what overlaps another may be left out."""
        spelt = self._known()
        for needle in spelt.needles:
            yield from _places(text, needle)
        for layer, plain in spelt.read(text):
            for meant in spelt.meant:
                for start, end in _places(plain, meant):
                    yield layer.original(start, end)

    def _known(self) -> _Spelt:
        if self._spelt is None:
            self._spelt = _spelt_all(self.secrets, strict=self.strict)
        return self._spelt


def gives_away(text: str, secrets: Iterable[str]) -> bool:
    """Tell whether a text holds the value of a token, in any usual spelling."""
    return Recogniser(secrets).holds(text)


def recognisable(secrets: Iterable[str]) -> list[str]:
    """Return the values that stand in a text by no chance."""
    return [secret for secret in secrets if _tells(secret)]


def _tells(secret: str, *, strict: bool = False) -> bool:
    if strict:
        return len(secret) >= _SHORTEST_TO_MASK
    return len(secret) >= SHORTEST and not secret.isdigit()


def _spelt_all(secrets: Iterable[str], *, strict: bool) -> _Spelt:
    needles: dict[bytes, None] = {}
    meant: dict[bytes, None] = {}
    for secret in secrets:
        for form in _forms(_bytes(secret), strict=strict):
            bare = form.translate(_BLANKS)
            needles.update(dict.fromkeys((form, bare)))
            meant[bare] = None
    anchors = {max(_PLAIN.findall(bare), key=len, default=b"") for bare in meant}
    return _Spelt(tuple(needles), tuple(meant), tuple(anchors))


def _forms(secret: bytes, *, strict: bool) -> Iterator[bytes]:
    """Yield a secret as it is, without its own escapes, and all that in base64."""
    for form in (secret, *(layer.text for layer in layers(secret))):
        text = form.decode("utf-8", "surrogateescape")
        if form is secret or _tells(text, strict=strict):
            yield form
            yield from _in_base64(form)


def _in_base64(secret: bytes) -> Iterator[bytes]:
    """Yield what is the same in base64 whatever stands around the secret."""
    if len(secret) < _SHORTEST_BASE64:
        return
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret)
        # Characters that hold a bit of what stands before or behind are left out.
        first, last = (before * 8 + 5) // 6, (before + len(secret)) * 8 // 6
        core = coded[first:last]
        yield core
        if (safe := core.translate(_URL_SAFE)) != core:
            yield safe


def _is_needless(text: bytes) -> bool:
    """Tell whether something is escaped that no encoder needs to escape."""
    return any(first in text and pattern.search(text) for first, pattern in _NEEDLESS)


def _places(text: bytes, needle: bytes) -> Iterator[tuple[int, int]]:
    at = text.find(needle)
    while at >= 0:
        end = at + len(needle)
        yield at, end
        at = text.find(needle, end)


def _cut(text: bytes, spans: Iterable[tuple[int, int]], mask: bytes) -> bytes:
    kept: list[bytes] = []
    at = 0
    for start, end in spans:
        if start >= at:
            kept += text[at:start], mask
        at = max(at, end)
    kept.append(text[at:])
    return b"".join(kept)


def _bytes(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    return text.encode("utf-8", "surrogateescape")
