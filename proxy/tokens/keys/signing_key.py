"""A signing key that may be rotated while the program runs."""

import hashlib

from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.keys.algorithms import Key, is_short, sign
from proxy.tokens.keys.key_files import load_key


class SigningKey:
    """A key and its id; read again when the files in which they stand have changed.

    `encoding` is how a secret is written in its file; with `short_secret` it may have
    fewer bytes than its algorithm asks for. What cannot be used never
    replaces what can. Raises `StartError` if there is nothing to begin with.
    """

    def __init__(
        self,
        *,
        algorithm: str,
        key: Key | SecretFile,
        key_id: str | SecretFile,
        encoding: str = "raw",
        short_secret: bool = False,
    ) -> None:
        self.algorithm = algorithm
        self._short_secret = short_secret
        self._encoding = encoding
        self._sources = key, key_id
        self._seen = self.fingerprint()
        self._key, self.key_id = self._load()

    def fingerprint(self) -> bytes:
        """Return what changes when the files do."""
        digest = hashlib.sha256()
        for source in self._sources:
            if isinstance(source, SecretFile):
                digest.update(source.fingerprint())
        return digest.digest()

    def renew(self) -> None:
        """Read changed files; raise `SourceError` once for each unusable content.

        Afterwards the last good key goes on.
        """
        found = self.fingerprint()
        if found == self._seen:
            return
        self._seen = found
        try:
            renewed = self._load()
        except StartError as exc:
            raise SourceError(str(exc)) from exc
        if self.fingerprint() != found:
            # Half of it may be from before the change; the next attempt reads again.
            self._seen = b""
            raise SourceError("the key was replaced while it was read")
        self._key, self.key_id = renewed

    @property
    def short(self) -> bool:
        """Whether the key has fewer bytes than its algorithm asks for."""
        return is_short(self._key, self.algorithm)

    @property
    def secret(self) -> bytes:
        """The secret itself, for hashes whose message holds it; else nothing."""
        return self._key if isinstance(self._key, bytes) else b""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over the message."""
        return sign(message, self._key, self.algorithm)

    def _load(self) -> tuple[Key, str]:
        key, key_id = self._sources
        if isinstance(key, SecretFile):
            key = load_key(
                key, self.algorithm, self._encoding, short_secret=self._short_secret
            )
        if isinstance(key_id, SecretFile):
            key_id = key_id.text()
        sign(b"a trial, before it replaces a key that works", key, self.algorithm)
        return key, key_id
