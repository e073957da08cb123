"""The source `file`: the token stands in a file that others keep up to date.

A lifetime in seconds counts from when the file was last changed.
"""

from dataclasses import replace

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.sources.layout import Layout, TokenTimes


class FileSource:
    """Reads the file anew for each token."""

    def __init__(
        self, file: SecretFile, layout: Layout | None = None, *, clock: Clock
    ) -> None:
        self._file = file
        self._layout = replace(layout or Layout(), subject=str(file.path))
        self._clock = clock

    async def fetch(self) -> Token:
        """Return the file's token; raise `SourceError` if it may not be used."""
        try:
            # Looked at before the content, so that a change in between shortens a life.
            changed = self._file.changed_at()
            text = self._file.text()
            # Whoever wrote the file got the token no later than that.
            since = min(changed, self._clock.wall())
            return self._layout.token(text.encode(), TokenTimes(since))
        except StartError as exc:
            raise SourceError(str(exc), recoverable=False) from exc
        except SourceError as exc:
            # Only another content helps, and that is looked for.
            raise SourceError(str(exc), recoverable=False) from exc

    def fingerprint(self) -> bytes:
        """Return what changes when the file does."""
        return self._file.fingerprint()
