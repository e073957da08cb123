"""The note beside a refresh token's file: the token was sent, no answer is stored yet.

A refresh token may be usable once. If the program is killed between the request and the
write, the file holds a used token. Only this note distinguishes that from a revoked
login. The note contains a digest, never the token.
"""

import contextlib
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from proxy.errors import SecretFileError, StartError
from proxy.secret_file import SecretFile, in_place

_DIGEST_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class UseNote:
    """The note for one file; there is none if the folder is read-only."""

    file: SecretFile

    @property
    def path(self) -> Path:
        """The path of the note: beside the real file, with all links resolved."""
        target = Path(os.path.realpath(self.file.path))
        return target.with_name(f".{target.name}.sent")

    def write(self, content: str) -> None:
        """Note durably that this content of the file is about to be sent.

        Raise SecretFileError if the note cannot be written, for example on a full disk.
        In a read-only folder no note is written, and that is no error.
        """
        self._put(f"{_digest(content)} was sent; no answer is stored yet\n")

    def answer_to(self, content: str) -> str | None:
        """Return what was stored as the answer to this content, if anything was.

        The program was killed before it replaced the file. The answer is written in one
        call; after a power cut it may be empty or contain zero bytes.
        """
        if self.sent_at(content) is None:
            return None
        try:
            renewed = SecretFile(self.file.next_path, self.file.shared).text()
        except StartError:
            return None
        return None if "\0" in renewed else renewed

    def _put(self, note: str) -> None:
        try:
            SecretFile(self.path).replace(note)
        except SecretFileError as exc:
            if not in_place(exc.__cause__):
                raise

    def sent_at(self, content: str) -> str | None:
        """Return when this content was sent, in words; None if no note says so."""
        note = self._text()
        try:
            when = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except OSError:
            return None
        if note[:_DIGEST_CHARACTERS] != _digest(content):
            return None
        return f"{when:%Y-%m-%d %H:%M} UTC"

    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def clear(self) -> None:
        """Remove the note: the answer is stored."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
