"""The source `sign-jwt`: signs tokens itself, with our key.

The parts are written compactly, in the order of the configuration. The algorithm comes
only from the configuration, never from the key or a header.
"""

import base64
import json
import random
from collections.abc import Mapping
from uuid import UUID

from proxy.clock import Clock
from proxy.core.tokens.templates.template import fill
from proxy.core.tokens.token import Token
from proxy.errors import StartError
from proxy.tokens.keys.signing_key import SigningKey

BACKDATE_SECONDS = 60.0
"""Verifiers refuse a token issued in the future, and their clock may be behind ours."""

_OURS = frozenset({"alg", "crit", "b64"})
"""Headers that change how a verifier reads the token."""


class JwtSigner:
    """Signs a JWT from templates of its header and claims.

    A string at any depth may contain `{key_id}`, `{issued}`, `{expires}`, `{random}`
    (32 hex digits) and `{uuid}`. The times are in epoch seconds; if one is the whole
    string, it becomes an integer. Sources may share a key; the first to sign rereads
    changed key files. Raises `StartError` for headers that the user may not set.
    """

    def __init__(
        self,
        *,
        claims: Mapping[str, object],
        headers: Mapping[str, str],
        lifetime: float,
        key: SigningKey,
        clock: Clock,
        rng: random.Random,
        backdate_seconds: float = BACKDATE_SECONDS,
    ) -> None:
        if taken := _OURS & headers.keys():
            raise StartError(f"a header may not set {', '.join(sorted(taken))}")
        self._headers = {"alg": key.algorithm, **headers}
        self._claims = dict(claims)
        self._lifetime = lifetime
        self._backdate = backdate_seconds
        self._key = key
        self._clock = clock
        self._rng = rng

    async def fetch(self) -> Token:
        """Return a new token; raise `SourceError` once for a bad new key."""
        self._key.renew()
        now, drawn = self._clock.wall(), self._rng.getrandbits(128)
        values: dict[str, int | str] = {
            "key_id": self._key.key_id,
            # Whole seconds, like most platforms; `expires_at` is exactly what the token
            # says.
            "issued": int(now - self._backdate),
            "expires": int(now + self._lifetime),
            "random": f"{drawn:032x}",
            "uuid": str(UUID(int=drawn, version=4)),
        }
        parts = (_part(self._headers, values), _part(self._claims, values))
        message = b".".join(parts)
        signature = base64.urlsafe_b64encode(self._key.sign(message)).rstrip(b"=")
        token = b".".join((message, signature)).decode("ascii")
        return Token({"token": token}, expires_at=float(int(now + self._lifetime)))

    def fingerprint(self) -> bytes:
        """Return a value that changes when the key's files change."""
        return self._key.fingerprint()


def _part(template: Mapping[str, object], values: Mapping[str, int | str]) -> bytes:
    compact = json.dumps(
        _filled(template, values), separators=(",", ":"), ensure_ascii=False
    )
    return base64.urlsafe_b64encode(compact.encode()).rstrip(b"=")


def _filled(value: object, values: Mapping[str, int | str]) -> object:
    """Fill the strings of a value at every depth; keys stay."""
    match value:
        case str():
            return _filled_text(value, values)
        case list():
            return [_filled(item, values) for item in value]
        case Mapping():
            return {name: _filled(item, values) for name, item in value.items()}
        case _:
            return value


def _filled_text(text: str, values: Mapping[str, int | str]) -> int | str:
    name = text.removeprefix("{").removesuffix("}")
    if name in values and text == f"{{{name}}}":
        return values[name]
    return fill(text, {name: str(each) for name, each in values.items()})
