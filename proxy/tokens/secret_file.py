"""A file that holds a secret: read within bounds, and only if nobody else may.

Kubernetes mounts secrets as links through `..data`, so the checks are made on the
opened file, behind all links. Files here are small and local: reading one takes
microseconds and is done in place.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from proxy.errors import StartError

MOST_BYTES = 64 * 1024
"""Larger than any token or key."""

_OTHERS = 0o007
_GROUP_WRITES = 0o020


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that holds a secret. `shared` lifts the checks of mode and owner."""

    path: Path
    shared: bool = False

    def read(self) -> bytes:
        """Return the content, or raise `StartError`, which names the file at most."""
        try:
            # A named pipe must not block the program until somebody writes.
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                self._check(os.fstat(descriptor))
                content = os.read(descriptor, MOST_BYTES + 1)
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise StartError(f"{self.path}: {os.strerror(exc.errno or 0)}") from exc
        if len(content) > MOST_BYTES:
            raise StartError(f"{self.path} is larger than {MOST_BYTES // 1024} KiB")
        return content

    def text(self) -> str:
        """Return the content as text without white space around it; never empty."""
        try:
            text = self.read().decode().strip()
        except UnicodeDecodeError as exc:
            raise StartError(f"{self.path} is no text") from exc
        if not text:
            raise StartError(f"{self.path} is empty")
        return text

    def fingerprint(self) -> bytes:
        """Return what changes with the file, its target, its mode or its content."""
        digest = hashlib.sha256(os.fsencode(os.path.realpath(self.path)))
        try:
            facts = self.path.stat()
            digest.update(repr((facts.st_mode, facts.st_uid, facts.st_ino)).encode())
            digest.update(self.read())
        except OSError as exc:
            digest.update(repr(exc.errno).encode())
        except StartError as exc:
            digest.update(str(exc).encode())
        return digest.digest()

    def _check(self, facts: os.stat_result) -> None:
        if not stat.S_ISREG(facts.st_mode):
            raise StartError(f"{self.path} is no regular file")
        if self.shared:
            return
        mode = stat.S_IMODE(facts.st_mode)
        if mode & _OTHERS:
            raise StartError(
                f"{self.path} is open to others (mode {mode:04o}); want 0600"
            )
        if mode & _GROUP_WRITES:
            raise StartError(
                f"{self.path} is writable by its group (mode {mode:04o}); want 0600"
            )
        if facts.st_uid not in {os.geteuid(), 0}:
            raise StartError(f"{self.path} belongs to another user; want ours or root")
