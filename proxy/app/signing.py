"""Builds the sources that sign tokens themselves, and their keys, from settings."""

import random
from collections.abc import Mapping
from pathlib import Path

import structlog

from proxy.clock import Clock
from proxy.core.tokens.templates.message import message
from proxy.secret_file import SecretFile
from proxy.settings.sources.sign_hash import SignHash
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.tokens.keys.algorithms import LEAST_HMAC_BYTES
from proxy.tokens.keys.key_files import load_key
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.sources.sign_hash import HashSigner, Recipe
from proxy.tokens.sources.sign_jwt import JwtSigner

log = structlog.get_logger()


def signer_of(
    token: SignJwt | SignHash,
    *,
    entry: str,
    key: SigningKey,
    clock: Clock,
    rng: random.Random,
) -> JwtSigner | HashSigner:
    """Return the source; `entry` is the URL of the stream's entry."""
    if isinstance(token, SignJwt):
        return JwtSigner(
            claims=token.claims,
            headers=token.headers,
            lifetime=token.lifetime,
            key=key,
            clock=clock,
            rng=rng,
        )
    return HashSigner(
        _recipe(token),
        entry=entry,
        lifetime=token.lifetime,
        key=key,
        clock=clock,
        rng=rng,
    )


def signing_key_of(
    token: SignJwt | SignHash,
    *,
    environ: Mapping[str, str],
    shared: bool,
) -> SigningKey:
    """Read the key, and log a warning if a secret is shorter than advised."""
    key = read_key(token, environ=environ, shared=shared)
    if key.short:
        log.warning(
            "signing secret is short",
            key=str(token.key_file or token.key_env or "key"),
            algorithm=token.algorithm,
            bytes=len(key.secret),
            expected=LEAST_HMAC_BYTES,
        )
    return key


def read_key(
    token: SignJwt | SignHash,
    *,
    environ: Mapping[str, str],
    shared: bool,
) -> SigningKey:
    """Read the key that the settings name and check it; this takes a while.

    `shared` skips the check of who else may read a secret file. Raises SecretError if
    the key cannot be used.
    """
    file = _file(token.key_file, shared=shared)
    value = (
        token.key.get_secret_value()
        if token.key
        else environ.get(token.key_env or "", "")
    )
    encoding = token.key_encoding if isinstance(token, SignHash) else "raw"
    short = token.short_secret if isinstance(token, SignJwt) else False
    return SigningKey(
        algorithm=token.algorithm,
        key=file
        or load_key(value.encode(), token.algorithm, encoding, short_secret=short),
        encoding=encoding,
        key_id=_file(token.key_id_file, shared=shared) or token.key_id,
        short_secret=short,
    )


def _recipe(token: SignHash) -> Recipe:
    return Recipe(
        message=message(token.message),
        fields={name: message(text) for name, text in token.fields.items()},
        texts={name: message(text) for name, text in token.texts.items()},
        output=token.output,
    )


def _file(path: Path | None, *, shared: bool) -> SecretFile | None:
    return None if path is None else SecretFile(path, shared)
