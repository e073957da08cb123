"""Finds secrets in a text, however they are encoded, and removes them."""

from collections.abc import Iterable, Iterator
from typing import Self

from proxy.core.tokens.secrets.spellings import Spelt, as_bytes, spelt_all, tells

# Removing a secret may join the text around it into another secret.
_MOST_ROUNDS = 8
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
# Decoding more would block everything else for too long; no UTF-16 or UTF-32 subtitle
# is larger.
_MOST_WIDE_BYTES = 1024 * 1024
_BREAKS = b"\r\n"


class Recogniser:
    """Finds given secrets in texts.

    Two recognisers that look for the same secrets are equal. Short values and numbers
    are ignored because they occur in texts by chance. With `strict` short values count
    too: it is for masking, where a false match does no harm.
    """

    __slots__ = ("_spelt", "given", "secrets", "strict")

    def __init__(self, secrets: Iterable[str] = (), *, strict: bool = False) -> None:
        self.strict = strict
        self.given = frozenset(secrets)
        self.secrets = frozenset(s for s in self.given if tells(s, strict=strict))
        self._spelt: Spelt | None = None

    def __bool__(self) -> bool:
        """Return whether there are any secrets to look for."""
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
        """Return a recogniser for more secrets; itself if it knows them all."""
        more = frozenset(secrets) - self.given
        if not more:
            return self
        joined = type(self)(self.given | more, strict=self.strict)
        new = spelt_all(joined.secrets - self.secrets, strict=self.strict)
        joined._spelt = self._known() | new  # noqa: SLF001 - one of its own
        return joined

    def holds(self, text: str | bytes) -> bool:
        """Return whether a text contains one of the secrets."""
        if not self.secrets:
            return False
        spelt, body = self._known(), as_bytes(text)
        for needle in spelt.needles:
            if needle in body:
                return True
        return any(
            meant in plain for _, plain in spelt.read(body) for meant in spelt.meant
        ) or spelt.is_broken_in(body)

    def holds_broken(self, text: bytes) -> bool:
        """Return whether a text with line breaks or zero bytes contains a secret.

        Base64 may be split into lines; UTF-16 and UTF-32 have zero bytes between
        characters.
        """
        joined = text.translate(None, _BREAKS)
        return self.holds(joined) or any(map(self.holds, _decoded(joined)))

    def without(self, text: bytes, mask: bytes = b"") -> bytes | None:
        """Return a text with each secret masked; None if they cannot be removed.

        A text without secrets is returned unchanged, as the same object.
        """
        if not self.secrets:
            return text
        for _ in range(_MOST_ROUNDS):
            spans = sorted(self._found(text))
            if not spans:
                return None if self._known().is_broken_in(text) else text
            text = _cut(text, spans, mask)
        return None

    def _found(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield where secrets are; a span that overlaps another may be left out."""
        spelt = self._known()
        for needle in spelt.needles:
            yield from _places(text, needle)
        for layer, plain in spelt.read(text):
            for meant in spelt.meant:
                for start, end in _places(plain, meant):
                    yield layer.original(start, end)

    def _known(self) -> Spelt:
        if self._spelt is None:
            self._spelt = spelt_all(self.secrets, strict=self.strict)
        return self._spelt


def gives_away(text: str, secrets: Iterable[str]) -> bool:
    """Return whether a text contains the value of a token, in any usual encoding."""
    return Recogniser(secrets).holds(text)


def recognisable(secrets: Iterable[str]) -> list[str]:
    """Return the values that are too distinctive to occur in a text by chance."""
    return [secret for secret in secrets if tells(secret)]


def _decoded(text: bytes) -> Iterator[bytes]:
    """Yield a text as a reader sees it who decodes it as UTF-16 or UTF-32.

    Removing the zero bytes restores its ASCII part, whatever the byte order and
    wherever the text begins.
    """
    if b"\0" in text or text.startswith(_MARKS):
        yield text.translate(None, b"\0")
        for coding in _CODINGS if len(text) <= _MOST_WIDE_BYTES else ():
            yield text.decode(coding, "replace").encode()


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
