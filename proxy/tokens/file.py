"""The source `file`: the token stands in a file that others keep up to date."""

from proxy.clock import Clock
from proxy.core.token import Token
from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.given import given_token


class FileSource:
    """Reads the file anew for each token."""

    def __init__(self, file: SecretFile, *, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    async def fetch(self) -> Token:
        """Return the file's token; raise `SourceError` if it may not be used."""
        try:
            text = self._file.text()
        except StartError as exc:
            raise SourceError(str(exc), recoverable=False) from exc
        return given_token({"token": text}, now=self._clock.wall())

    def fingerprint(self) -> bytes:
        """Return what changes when the file does."""
        return self._file.fingerprint()
