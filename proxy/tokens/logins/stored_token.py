"""The refresh token in its file, or only in memory.

Others may write another one into the file. It is then used, and never overwritten.
"""

from proxy.errors import SecretFileError, SourceError, StartError
from proxy.secret_file import SecretFile
from proxy.tokens.logins.use_note import UseNote


class StoredToken:
    """Reads the newest refresh token, and stores the next one.

    Mutable state: `_current` is the newest one. `_read` is what the file held when it
    was last read or written. `_ours` is the file's fingerprint after our write, and the
    one before, which is reported instead. `_lost` is what the file held when writing
    failed.
    """

    def __init__(self, given: str | SecretFile, *, rotates: bool) -> None:
        """Use the given token; `rotates` is false if the service sends no new ones."""
        self._rotates = rotates
        self._file = given if isinstance(given, SecretFile) else None
        self._note = None if self._file is None else UseNote(self._file)
        self._current = given if isinstance(given, str) else ""
        self._read = self._current
        self._ours: tuple[bytes, bytes] | None = None
        self._lost: str | None = None

    @property
    def newest(self) -> str:
        """The newest known refresh token; empty before its file was read."""
        return self._current

    @property
    def where(self) -> str:
        """The file that holds it, in words; empty if there is no file."""
        return "" if self._file is None else f" in {self._file.path}"

    @property
    def as_filed(self) -> bool:
        """Whether the newest one is what the file holds."""
        return self._current == self._read

    def require_storable(self) -> None:
        """Raise `SecretFileError` if the next refresh token could not be stored.

        If no new one is expected, the file may be read-only.
        """
        if self._file is not None and self._rotates:
            self._file.require_writable()

    def read(self) -> str:
        """Return the newest one; raise `SourceError` if its file is unusable.

        If the file's content has changed, somebody replaced it on purpose, so it is
        used.
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
        """Store the next one.

        Raise `SourceError` if the file cannot be written. The login then continues in
        memory and would be lost at a restart. This is raised once for each content of
        the file.
        """
        self._current = renewed
        if self._file is None or renewed == self._read:
            return
        seen, held = self.fingerprint(), self._read
        try:
            if self._file.text() != held:
                return  # replaced meanwhile: the other content is newer
            self._file.write(renewed)
        except StartError as exc:
            if held == self._lost:
                return
            self._lost = held
            why = (
                ""
                if self._rotates
                else "the service rotates; expected rotates = true: "
            )
            raise SourceError(
                f"a new refresh token is not stored, a restart would lose it: "
                f"{why}{exc}",
                recoverable=self._rotates,
            ) from exc
        if self._note is not None:
            self._note.clear()
        self._read = renewed
        self._ours = self._file.fingerprint(), seen

    def fingerprint(self) -> bytes:
        """Return a value that changes when others replace the file, not when we do."""
        if self._file is None:
            return b""
        found = self._file.fingerprint()
        if self._ours is not None and found == self._ours[0]:
            return self._ours[1]
        return found

    def recover(self) -> None:
        """Use the next one if a program was killed before it replaced the file.

        If the file still cannot be written, the next one stays beside it.
        """
        if self._file is None or self._note is None:
            return
        try:
            seen, content = self.fingerprint(), self._file.text()
            renewed = self._note.answer_to(content)
            if renewed is None:
                self._file.drop_next()
                return
            self._file.take_next(renewed)
        except StartError:
            return
        self._note.clear()
        self._ours = self._file.fingerprint(), seen

    def prepare(self, *, in_doubt: bool) -> None:
        """Make sure that the next token can be stored, and note that this one is sent.

        Raise `SourceError` if it cannot be stored, because this token would then be
        used up for nothing. If the token in the file may already be used up, no new
        note is written.
        """
        if self._note is None or not self.as_filed:
            return
        try:
            self.require_storable()
            if not in_doubt:
                self._note.write(self._read)
        except SecretFileError as exc:
            if self._rotates:
                raise SourceError(
                    f"the refresh token was not sent, because the next one could not "
                    f"be stored: {exc}"
                ) from exc

    def sent_at(self) -> str | None:
        """Return when the file's token was sent, in words; None if it was not."""
        return None if self._note is None else self._note.sent_at(self._read)

    def settled(self) -> None:
        """Record that the file's token is known to be valid, or was refused."""
        if self._note is not None:
            self._note.clear()
