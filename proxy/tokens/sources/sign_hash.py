"""The source `sign-hash`: computes with a key what a platform wants hashed or signed.

Which bytes are signed, how, and what goes into the token is data: an algorithm and a
few texts (`proxy.core.tokens.templates.message`). It makes one token for a stream, or a
separate token for each URL.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from proxy.clock import Clock
from proxy.core.tokens.templates.filters import FILTERS
from proxy.core.tokens.templates.message import Message
from proxy.core.tokens.templates.request_parts import request_parts
from proxy.core.tokens.token import Token
from proxy.errors import SourceError, StartError
from proxy.tokens.keys.algorithms import PLAIN_HASHES
from proxy.tokens.keys.signing_key import SigningKey

BACKDATE_SECONDS = 60.0
"""The clock that checks `{issued}` may be behind ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is signed, and what the token consists of.

    Its texts may use `{issued}`, `{expires}` and `{lifetime}` (seconds), `{issued_ms}`,
    `{expires_ms}`, `{expires_hex}`, `{random}` (32 hex digits), `{uuid}`, `{key_id}`,
    `{entry_directory}`, the parts of the URL, and the texts before them. With a plain
    hash they may also use `{secret}`. The fields may also use `{signature}`.
    """

    message: Message
    fields: Mapping[str, Message]
    texts: Mapping[str, Message] = field(default_factory=dict)
    """Named texts, ordered so that each uses only those before it."""
    output: str = "hex"
    """The encoding of the signature."""


class HashSigner:
    """Signs for the entry of a stream, or for any URL.

    Sources may share a key; the first to sign rereads changed key files. Raises
    `StartError` if the recipe makes no token: a filter cannot read its value, or a
    field is not text.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        entry: str,
        lifetime: float,
        key: SigningKey,
        clock: Clock,
        rng: random.Random,
        backdate_seconds: float = BACKDATE_SECONDS,
    ) -> None:
        self._recipe = recipe
        self._entry = entry
        self._directory = request_parts(entry)["directory"]
        self._lifetime = lifetime
        self._backdate = backdate_seconds
        self._key = key
        self._clock = clock
        self._rng = rng
        try:
            self._signed(entry)
        except SourceError as exc:
            raise StartError(str(exc)) from exc

    async def fetch(self) -> Token:
        """Return a token for the entry; raise `SourceError` like `sign`."""
        return self.sign(self._entry)

    def sign(self, url: str) -> Token:
        """Return a token for the URL; raise `SourceError` once for a bad new key.

        The last good key stays in use after that.
        """
        self._key.renew()
        return self._signed(url)

    def fingerprint(self) -> bytes:
        """Return a value that changes when the key's files change."""
        return self._key.fingerprint()

    def _signed(self, url: str) -> Token:
        now = self._clock.wall()
        values = self._values(url, now)
        for name, text in self._recipe.texts.items():
            values[name] = _filled(text, values, name)
        signed = _filled(self._recipe.message, values, "the message")
        output = FILTERS[self._recipe.output]
        values["signature"] = output(self._key.sign(signed))
        fields = {
            name: _readable(_filled(text, values, name), name)
            for name, text in self._recipe.fields.items()
        }
        return Token(fields, expires_at=float(int(now + self._lifetime)))

    def _values(self, url: str, now: float) -> dict[str, bytes]:
        issued, expires = now - self._backdate, now + self._lifetime
        drawn = self._rng.getrandbits(128)
        texts = {
            # Whole seconds, like most platforms; `expires_at` is exactly what the token
            # says.
            "issued": int(issued),
            "issued_ms": round(issued * 1000),
            "expires": int(expires),
            "expires_hex": f"{int(expires):x}",
            "expires_ms": round(expires * 1000),
            "lifetime": int(self._lifetime),
            "random": f"{drawn:032x}",
            "uuid": UUID(int=drawn, version=4),
            "key_id": self._key.key_id,
        }
        values = {name: str(value).encode() for name, value in texts.items()}
        if self._key.algorithm in PLAIN_HASHES:
            values["secret"] = self._key.secret
        return {
            **values,
            **request_parts(url),
            "entry_directory": self._directory,
        }


def _filled(text: Message, values: Mapping[str, bytes], name: str) -> bytes:
    try:
        return text.filled(values)
    except ValueError as exc:
        raise SourceError(f"{name}: {exc}", recoverable=False) from exc


def _readable(value: bytes, name: str) -> str:
    text = value.decode("ascii", errors="replace")
    if not text.isascii() or not text.isprintable():
        raise SourceError(f"{name} is more than a line of ASCII", recoverable=False)
    return text
