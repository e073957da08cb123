"""The source `file`: the token is in a file that others keep up to date.

A lifetime in seconds counts from when the file was last changed.
"""

from dataclasses import replace

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.sources.layout import Layout, TokenTimes


class FileSource:
    """Reads the file again for each token."""

    def __init__(
        self, file: SecretFile, layout: Layout | None = None, *, clock: Clock
    ) -> None:
        self._file = file
        self._layout = replace(layout or Layout(), subject=str(file.path))
        self._clock = clock

    async def fetch(self) -> Token:
        """Return the file's token; raise `SourceError` if it is unusable."""
        try:
            # Read before the content, so that a change in between can only shorten the
            # life.
            changed = self._file.changed_at()
            text = self._file.text()
            # Whoever wrote the file received the token no later than that.
            since = min(changed, self._clock.wall())
            return self._layout.token(text.encode(), TokenTimes(since))
        except StartError as exc:
            raise SourceError(str(exc), recoverable=False) from exc
        except SourceError as exc:
            # Only new content helps, and the file is watched for it.
            raise SourceError(str(exc), recoverable=False) from exc

    def fingerprint(self) -> bytes:
        """Return a value that changes when the file changes."""
        return self._file.fingerprint()
