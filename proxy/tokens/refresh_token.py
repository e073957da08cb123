"""A refresh token that may be good for one use: the service sends the next with each.

Lost once, a login is lost. So whoever shares one takes turns, and a new one is put down
before anything else is done with the answer that brought it (reliability, L13).
"""

import asyncio
from contextlib import AbstractAsyncContextManager

from proxy.errors import SourceError, StartError
from proxy.secret_file import SecretFile


class RefreshToken:
    """Holds the refresh token, in a file or in memory alone.

    What is mutable: `_current` is the newest one; `_read` what the file held when it
    was last read or written; `_ours` the file's fingerprint after we wrote to it, and
    the one before, which it goes by; `_lost` what it held when it could not be written.
    """

    def __init__(self, given: str | SecretFile) -> None:
        self._file = given if isinstance(given, SecretFile) else None
        self._current = given if isinstance(given, str) else ""
        self._read = self._current
        self._ours: tuple[bytes, bytes] | None = None
        self._lost: str | None = None
        self._turn = asyncio.Lock()

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Return what to hold from reading until the next one is stored.

        Who waits may be cancelled; there is no time limit but that of the attempts.
        """
        return self._turn

    def read(self) -> str:
        """Return the newest one; raise `SourceError` if its file may not be used.

        Another content of the file was put there by somebody on purpose: it counts.
        """
        if self._file is None:
            return self._current
        try:
            content = self._file.text()
        except StartError as exc:
            if self._current:
                return self._current
            raise SourceError(str(exc), recoverable=False) from exc
        if content != self._read:
            self._current = self._read = content
        return self._current

    def store(self, renewed: str) -> None:
        """Put down the next one.

        Raise `SourceError` if the file cannot be written: the login goes on in memory,
        to be lost at a restart. Once for each content of the file; then it passes.
        """
        self._current = renewed
        if self._file is None or renewed == self._read:
            return
        seen, held = self.fingerprint(), self._read
        try:
            if self._file.text() != held:
                return  # replaced meanwhile: what others put there is newer
            self._file.write(renewed)
        except StartError as exc:
            if held == self._lost:
                return
            self._lost = held
            raise SourceError(f"a new refresh token is not stored: {exc}") from exc
        self._read = renewed
        self._ours = self._file.fingerprint(), seen

    def fingerprint(self) -> bytes:
        """Return what changes when others replace the file, not when we do."""
        if self._file is None:
            return b""
        found = self._file.fingerprint()
        if self._ours is not None and found == self._ours[0]:
            return self._ours[1]
        return found
