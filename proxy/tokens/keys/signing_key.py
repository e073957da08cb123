"""A signing key that may be rotated while the program runs."""

import hashlib

from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.keys.algorithms import KeyMaterial, is_short, sign
from proxy.tokens.keys.key_files import load_key


class SigningKey:
    """A key and its id; both are read again when their files have changed.

    `encoding` is how a secret is written in its file. With `short_secret` it may have
    fewer bytes than its algorithm requires. An unusable key never replaces a usable
    one. Raises `StartError` if there is no usable key at the start.
    """

    def __init__(
        self,
        *,
        algorithm: str,
        key: KeyMaterial | SecretFile,
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
        """Return a value that changes when the files change."""
        digest = hashlib.sha256()
        for source in self._sources:
            if isinstance(source, SecretFile):
                digest.update(source.fingerprint())
        return digest.digest()

    def renew(self) -> None:
        """Read changed files; raise `SourceError` once for each unusable content.

        The last good key stays in use after that.
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
            # Key and id may not belong together; the next attempt reads both again.
            self._seen = b""
            raise SourceError("the key was replaced while it was read")
        self._key, self.key_id = renewed

    @property
    def short(self) -> bool:
        """Whether the key has fewer bytes than its algorithm requires."""
        return is_short(self._key, self.algorithm)

    @property
    def secret(self) -> bytes:
        """The secret itself, for hashes whose message contains it; otherwise empty."""
        return self._key if isinstance(self._key, bytes) else b""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of the message."""
        return sign(message, self._key, self.algorithm)

    def _load(self) -> tuple[KeyMaterial, str]:
        key, key_id = self._sources
        if isinstance(key, SecretFile):
            key = load_key(
                key, self.algorithm, self._encoding, short_secret=self._short_secret
            )
        if isinstance(key_id, SecretFile):
            key_id = key_id.text()
        sign(b"a trial, before it replaces a key that works", key, self.algorithm)
        return key, key_id
