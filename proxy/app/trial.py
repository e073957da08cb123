"""Tries out keys and writable files while the configuration is read.

That way their problems are reported at the start, together with all others.
"""

import random
from collections.abc import Iterator, Mapping

from proxy.app.signing import read_key, signer_of
from proxy.clock import Clock
from proxy.errors import SecretError, SecretFileError, StartError
from proxy.secret_file import SecretFile
from proxy.settings.errors.mistakes import Mistake
from proxy.settings.sources.http import HttpToken
from proxy.settings.sources.oauth2 import OAuth2Token
from proxy.settings.sources.sign_hash import SignHash
from proxy.settings.sources.sign_jwt import SignJwt
from proxy.settings.sources.signing import Signing
from proxy.tokens.logins.stored_token import StoredToken

_ROTATES = "or rotates = false if the service never sends a new refresh token"


class Trials:
    """Tries to make tokens, without asking a service or changing anything."""

    def __init__(
        self, *, environ: Mapping[str, str], clock: Clock, rng: random.Random
    ) -> None:
        self._environ = environ
        self._clock = clock
        self._rng = rng

    def __call__(self, token: object, entry: str, *, shared: bool) -> Iterator[Mistake]:
        """Yield what cannot be used; the keys are relative to `token`."""
        match token:
            case SignJwt() | SignHash():
                yield from self._signing(token, entry, shared=shared)
            case OAuth2Token():
                yield from self._login(token, shared=shared)
            case HttpToken(using=using) if using is not None:
                for mistake in self(using, entry, shared=shared):
                    yield mistake._replace(key=("using", *mistake.key))

    def _signing(
        self, token: SignJwt | SignHash, entry: str, *, shared: bool
    ) -> Iterator[Mistake]:
        try:
            key = read_key(token, environ=self._environ, shared=shared)
        except SecretError as exc:
            yield Mistake(exc.found, exc.wanted, (_key_of(token),))
            return
        try:
            signer_of(token, entry=entry, key=key, clock=self._clock, rng=self._rng)
        except StartError as exc:
            yield Mistake(str(exc), "expected a token that can be signed")

    def _login(self, token: OAuth2Token, *, shared: bool) -> Iterator[Mistake]:
        path = token.refresh_token_file
        if path is None:
            return
        login = StoredToken(SecretFile(path, shared), rotates=token.rotates)
        try:
            login.require_storable()
        except SecretFileError as exc:
            found = f"the next refresh token could not be stored: {path.absolute()}"
            found += f" {exc.found}"
            yield Mistake(found, f"{exc.wanted}, {_ROTATES}", ("refresh_token_file",))


def _key_of(token: Signing) -> str:
    """Return the name of the setting that gave the key."""
    if token.key_file is not None:
        return "key_file"
    return "key" if token.key_env is None else "key_env"
