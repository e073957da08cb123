"""The source `file`: the token stands in a file that others keep up to date."""

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.layout import Layout, Times


class FileSource:
    """Reads the file anew for each token."""

    def __init__(
        self, file: SecretFile, layout: Layout | None = None, *, clock: Clock
    ) -> None:
        self._file = file
        self._layout = layout or Layout()
        self._clock = clock

    async def fetch(self) -> Token:
        """Return the file's token; raise `SourceError` if it may not be used."""
        try:
            text = self._file.text()
            return self._layout.token(text.encode(), Times(self._clock.wall()))
        except StartError as exc:
            raise SourceError(str(exc), recoverable=False) from exc
        except SourceError as exc:
            # Only another content helps, and that is looked for.
            name = self._file.path
            raise SourceError(f"{name}: {exc}", recoverable=False) from exc

    def fingerprint(self) -> bytes:
        """Return what changes when the file does."""
        return self._file.fingerprint()
