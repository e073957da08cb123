"""A secret for requesting tokens."""

from dataclasses import dataclass, field

from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that never changes, or that is in a file that may be replaced."""

    value: str | SecretFile = field(repr=False)

    def read(self) -> str:
        """Return the secret; raise `SourceError` if its file is unusable."""
        if isinstance(self.value, str):
            return self.value
        try:
            return self.value.text()
        except StartError as exc:
            raise SourceError(str(exc), recoverable=False) from exc

    def fingerprint(self) -> bytes:
        """Return a value that changes when the file changes."""
        return b"" if isinstance(self.value, str) else self.value.fingerprint()
