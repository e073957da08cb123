"""Builds token sources from their settings."""

import random
from collections.abc import Mapping
from pathlib import Path

from proxy.clock import Clock
from proxy.core.message import message
from proxy.secret_file import SecretFile
from proxy.settings import sign_hash, sign_jwt
from proxy.settings.signing import Signing
from proxy.settings.token import EnvToken, FileToken, StaticToken
from proxy.tokens.env import EnvSource
from proxy.tokens.file import FileSource
from proxy.tokens.keys import load_key
from proxy.tokens.sign_hash import Recipe, SignHash
from proxy.tokens.sign_jwt import SignJwt
from proxy.tokens.signing_key import SigningKey
from proxy.tokens.source import Source
from proxy.tokens.static import StaticSource

TokenSettings = (
    StaticToken | EnvToken | FileToken | sign_jwt.SignJwt | sign_hash.SignHash
)


def source_of(
    token: TokenSettings,
    *,
    entry: str,
    environ: Mapping[str, str],
    shared: bool,
    clock: Clock,
    rng: random.Random,
    key: SigningKey | None = None,
) -> Source:
    """Return the source; raise StartError for a key that cannot be used.

    `entry` is the URL of the stream's entry. `shared` lifts the checks of who else may
    read a secret file. A source that signs does so with `key`; without it, with one of
    its own that is read now.
    """
    match token:
        case StaticToken():
            return StaticSource(
                token.secrets(), clock=clock, expires_at=token.expires_at
            )
        case EnvToken():
            return EnvSource(token.variable, environ=environ, clock=clock)
        case FileToken():
            return FileSource(SecretFile(token.path, shared), clock=clock)
        case sign_jwt.SignJwt():
            return SignJwt(
                claims=token.claims,
                headers=token.headers,
                lifetime=token.lifetime,
                key=key or signing_key_of(token, environ=environ, shared=shared),
                clock=clock,
                rng=rng,
            )
        case sign_hash.SignHash():
            return SignHash(
                _recipe(token),
                entry=entry,
                lifetime=token.lifetime,
                key=key or signing_key_of(token, environ=environ, shared=shared),
                clock=clock,
                rng=rng,
            )


def signing_key_of(
    token: sign_jwt.SignJwt | sign_hash.SignHash,
    *,
    environ: Mapping[str, str],
    shared: bool,
) -> SigningKey:
    """Return the key that the settings name, read and checked: that takes a while.

    Raises StartError for one that cannot be used.
    """
    file = _file(token.key_file, shared=shared)
    value = (
        token.key.get_secret_value()
        if token.key
        else environ.get(token.key_env or "", "")
    )
    encoding = token.key_encoding if isinstance(token, sign_hash.SignHash) else "raw"
    return SigningKey(
        algorithm=token.algorithm,
        key=file or load_key(value.encode(), token.algorithm, encoding),
        encoding=encoding,
        key_id=_file(token.key_id_file, shared=shared) or token.key_id,
    )


def _recipe(token: sign_hash.SignHash) -> Recipe:
    return Recipe(
        message=message(token.message),
        fields={name: message(text) for name, text in token.fields.items()},
        texts={name: message(text) for name, text in token.texts.items()},
        output=token.output,
    )


def _file(path: Path | None, *, shared: bool) -> SecretFile | None:
    return None if path is None else SecretFile(path, shared)


def signs_itself(token: TokenSettings) -> bool:
    """Tell whether tokens cost no more than a signature."""
    return isinstance(token, Signing)
