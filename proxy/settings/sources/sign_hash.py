"""`token = { source = "sign-hash" }`: hashes and signatures that the program makes."""

from collections.abc import Iterator, Mapping
from typing import Literal, Self

from pydantic import ValidationInfo, field_validator

from proxy.core.tokens.templates.filters import FILTERS
from proxy.core.tokens.templates.message import literal, message
from proxy.core.tokens.templates.request_parts import DIFFERING
from proxy.settings.errors.mistakes import KeyPath, Mistake, Wrong, choice, shown, wrong
from proxy.settings.sources.signing import Signing, is_named, nameless
from proxy.settings.values.placeholders import (
    AT_HASHING,
    MEMBER,
    TAKEN,
    UNIQUE,
    HoleName,
)

HashAlgorithm = Literal[
    "md5",
    "sha1",
    "sha256",
    "sha384",
    "sha512",
    "hmac-md5",
    "hmac-sha1",
    "hmac-sha256",
    "hmac-sha384",
    "hmac-sha512",
    "rsa-sha1",
    "rsa-sha256",
    "ecdsa-sha1",
    "ecdsa-sha256",
    "ed25519",
]
Encoding = Literal["raw", "hex", "base64"]
Output = Literal[
    "hex", "base64", "base64url", "base64url-unpadded", "base64-cloudfront"
]

_PLAIN = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
_WITH_SECRET = ("hmac-", *_PLAIN)
_IN_FIELDS = "signature"
_SECRET = "secret"  # noqa: S105 - the name of a hole


class SignHash(Signing):
    """Tokens that are made by hashing or signing something."""

    bindings = frozenset({"stream", "url", "once"})
    source: Literal["sign-hash"]
    algorithm: HashAlgorithm
    key_encoding: Encoding = "raw"
    """How the secret is encoded. The form of a private key is recognised."""
    texts: Mapping[HoleName, str] = {}
    """Named parts of the message and of the fields, each from those before it."""
    message: str
    """What is hashed or signed."""
    output: Output = "hex"
    """How `{signature}` is written."""
    fields: Mapping[HoleName, str] = {"token": "{signature}"}
    """What the token is made of."""

    @property
    def needs_url(self) -> bool:
        """Return whether parts that differ between URLs are signed."""
        return bool(self._names() & DIFFERING)

    @property
    def unique(self) -> bool:
        """Return whether two tokens of the same second differ."""
        return bool(self._names() & UNIQUE)

    def field_names(self) -> frozenset[str]:
        """Return the names of the fields that a placement may use."""
        return frozenset(self.fields)

    def holes(self) -> frozenset[str]:
        """Return the placeholders to fill from the stream's keys."""
        own = AT_HASHING | self.texts.keys() | {_SECRET, _IN_FIELDS}
        return self._names() - own

    def held_by(self, name: str) -> KeyPath:
        """Return the key of the first text with this placeholder."""
        held = (where for where, text in self._all() if name in message(text).holes)
        return next(held, ("message",))

    def further(self) -> frozenset[str]:
        """Return the placeholders filled for each token, and the names of texts."""
        return AT_HASHING | self.texts.keys()

    def filled(self, values: Mapping[str, str]) -> Self:
        """Return the source with these values before its own texts."""
        held = self.holes() & values.keys()
        given = {
            name: _as_it_is(values[name])
            for name in sorted(held)
            if values[name] != f"{{{name}}}"
        }
        return self.model_copy(update={"texts": {**given, **self.texts}})

    @field_validator("key_encoding")
    @classmethod
    def _key_encoding(cls, encoding: Encoding, info: ValidationInfo) -> Encoding:
        algorithm = info.data.get("algorithm", "hmac-")
        if encoding != "raw" and not algorithm.startswith(_WITH_SECRET):
            wanted = (
                f'expected "raw": the private key of {algorithm} shows its encoding'
            )
            raise wrong(shown(encoding), wanted)
        return encoding

    @field_validator("texts")
    @classmethod
    def _texts(
        cls, texts: Mapping[str, str], info: ValidationInfo
    ) -> Mapping[str, str]:
        later = set(texts)
        for name, text in texts.items():
            if name in TAKEN:
                wanted = "expected a name that has no built-in meaning"
                raise wrong(shown(name), wanted, "texts", name)
            if early := sorted(message(text).holes & later):
                found = f"{{{early[0]}}} is defined further down"
                raise wrong(found, "expected it above this text", "texts", name)
            _refuse(text, info, ("texts", name))
            later.remove(name)
        return texts

    @field_validator("message")
    @classmethod
    def _message(cls, text: str, info: ValidationInfo) -> str:
        _refuse(text, info, ("message",))
        if not info.data.keys() >= {"algorithm", "texts"}:
            return text
        secret = message(text).holes & _secret(info.data["texts"])
        if info.data["algorithm"] in _PLAIN and not secret:
            wanted = "expected it: without a secret anybody can make this hash"
            raise wrong("does not contain {secret}", wanted)
        return text

    @field_validator("fields")
    @classmethod
    def _fields(
        cls, fields: Mapping[str, str], info: ValidationInfo
    ) -> Mapping[str, str]:
        if not fields:
            raise wrong("is empty", 'expected at least { token = "{signature}" }')
        texts = info.data.get("texts", {})
        for name, text in fields.items():
            where = ("fields", name)
            _refuse(text, info, where, further=frozenset({_IN_FIELDS}))
            if told := sorted(message(text).holes & _secret(texts)):
                found = f"{{{told[0]}}} reveals the secret"
                raise wrong(found, "expected it only in the message", *where)
        held = (*texts.values(), info.data.get("message", ""), *fields.values())
        named = not info.data.keys() >= {"key_id", "key_id_file"} or is_named(info)
        if not named and any("key_id" in message(text).holes for text in held):
            raise nameless()
        return fields

    def _all(self) -> Iterator[tuple[KeyPath, str]]:
        yield from ((("texts", name), text) for name, text in self.texts.items())
        yield ("message",), self.message
        yield from ((("fields", name), text) for name, text in self.fields.items())

    def _names(self) -> frozenset[str]:
        return frozenset().union(*(message(text).holes for _, text in self._all()))


def _refuse(
    text: str,
    info: ValidationInfo,
    where: KeyPath,
    *,
    further: frozenset[str] = frozenset(),
) -> None:
    """Raise `Wrong` if a text of this source contains something invalid."""
    held = message(text)
    mistakes = [
        Mistake(f"there is no filter {name}", choice(name, FILTERS), where)
        for name in sorted(held.filters - FILTERS.keys())
    ]
    algorithm = info.data.get("algorithm", "md5")
    if _SECRET in held.holes and algorithm not in _PLAIN:
        found = f"{{secret}} with {algorithm}"
        wanted = "expected it without: there the secret is the key"
        mistakes.append(Mistake(found, wanted, where))
    if _IN_FIELDS in held.holes - further:
        found = "{signature} is not known here"
        mistakes.append(Mistake(found, "expected it only in fields", where))
    if mistakes:
        raise Wrong(*mistakes)


def _secret(texts: Mapping[str, str]) -> set[str]:
    """Return the names of all texts that contain the secret."""
    names = {_SECRET}
    for name, text in texts.items():
        if message(text).holes & names:
            names.add(name)
    return names


def _as_it_is(value: str) -> str:
    """Return a value as text; the placeholder of a family's member is kept."""
    member = f"{{{MEMBER}}}"
    return member.join(map(literal, value.split(member)))
