"""A file that holds a secret: limited in size, and read only if it is private.

Kubernetes mounts secrets as links through `..data`, so the checks are made on the
opened file, after following all links. These files are small and local. Reading one
takes microseconds, so it is done in the event loop.
"""

import codecs
import contextlib
import errno
import hashlib
import os
import re
import shlex
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proxy.errors import SecretFileError, StartError
from proxy.system import files, processes

MOST_BYTES = 64 * 1024
"""Larger than any token or key."""

# Notepad and PowerShell write UTF-16 by default.
_UTF_16 = re.compile(rb"\xff\xfe[^\0]\0|\xfe\xff\0[^\0]")
_NOT_REPLACEABLE = {errno.EACCES, errno.EBUSY, errno.EPERM, errno.EROFS, errno.EXDEV}
"""The errors of replacing a file that can only be written in place. A mount point is
busy; its folder may belong to another user or be read-only."""

_OTHERS = 0o007
_GROUP_WRITES = 0o020


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file that holds a secret. `shared` skips the checks of mode and owner."""

    path: Path
    shared: bool = False

    def read(self) -> bytes:
        """Return the content; raise SecretFileError, which holds none of it.

        A byte order mark, which some editors put before UTF-8, is removed.
        """
        try:
            descriptor = os.open(self.path, files.secret_flags())
            try:
                self._check(os.fstat(descriptor))
                content = os.read(descriptor, MOST_BYTES + 1)
            finally:
                os.close(descriptor)
        except OSError as exc:
            found = f"cannot be read: {os.strerror(exc.errno or 0)}"
            raise self._error(found, "expected a readable file") from exc
        if len(content) > MOST_BYTES:
            found = f"is larger than {MOST_BYTES // 1024} KiB"
            raise self._error(found, "expected a file with one secret")
        if _UTF_16.match(content):
            raise self._error("is UTF-16", "expected text in UTF-8")
        return content.removeprefix(codecs.BOM_UTF8)

    def text(self) -> str:
        """Return the content as text without white space around it; never empty."""
        try:
            text = self.read().decode().strip()
        except UnicodeDecodeError:
            # Not `from exc`: that error holds the bytes.
            raise self._error("is not text", "expected text in UTF-8") from None
        if not text:
            raise self._error("is empty", "expected a file with one secret")
        return text

    @property
    def next_path(self) -> Path:
        """Where new content is written before it replaces the old.

        It is next to the actual file, after following all links. If the program is
        killed in between, it stays there.
        """
        target = Path(os.path.realpath(self.path))
        return target.with_name(f".{target.name}.next")

    def write(self, text: str) -> None:
        """Replace the content durably; raise SecretFileError if that is impossible.

        If the path is a link, its target is replaced. The replacement is atomic, and
        nobody else may read the new file. A file that is itself a mount point, or is in
        a folder that is not ours, cannot be replaced. It is written in place.
        """
        try:
            self._put_next(text)
            self._move_next()
        except OSError as exc:
            if not in_place(exc):
                raise self._unwritable(
                    exc, "expected a folder that the proxy may write to"
                ) from exc
            self._overwrite(text)
        finally:
            self.drop_next()

    def replace(self, text: str) -> None:
        """Replace the file durably, never in place; raise SecretFileError."""
        try:
            self._put_next(text)
            self._move_next()
        except OSError as exc:
            raise self._unwritable(
                exc, "expected a folder that the proxy may write to"
            ) from exc
        finally:
            self.drop_next()

    def take_next(self, text: str) -> None:
        """Replace the content with the file at `next_path`, which holds `text`.

        Raises SecretFileError if that is impossible.
        """
        try:
            self._move_next()
        except OSError as exc:
            if not in_place(exc):
                raise self._unwritable(
                    exc, "expected a folder that the proxy may write to"
                ) from exc
            self._overwrite(text)
            self.drop_next()

    def drop_next(self) -> None:
        """Remove the file at `next_path`, if there is one."""
        with contextlib.suppress(OSError):
            self.next_path.unlink(missing_ok=True)

    def _put_next(self, text: str) -> None:
        """Write the file at `next_path` durably, readable by us only."""
        path = self.next_path
        path.unlink(missing_ok=True)
        descriptor = os.open(path, files.new_file_flags(), 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)

    def _move_next(self) -> None:
        path = self.next_path
        path.replace(os.path.realpath(self.path))
        files.sync_folder(path.parent)

    def require_writable(self) -> None:
        """Raise SecretFileError if `write` would fail. Changes nothing.

        A file on a read-only mount cannot be replaced either: its folder is on that
        mount too, or the file itself is the mount point.
        """
        target = Path(os.path.realpath(self.path))
        try:
            os.close(os.open(target, files.write_flags()))
        except OSError as exc:
            if exc.errno == errno.EACCES and _takes_files(target.parent):
                return
            raise self._unwritable(
                exc, "expected a file that the proxy may write to"
            ) from exc

    def changed_at(self) -> float:
        """Return when the content last changed, in epoch seconds.

        Raises SecretFileError if the file cannot be found.
        """
        try:
            return self.path.stat().st_mtime
        except OSError as exc:
            found = f"cannot be read: {os.strerror(exc.errno or 0)}"
            raise self._error(found, "expected a readable file") from exc

    def _overwrite(self, text: str) -> None:
        """Overwrite the content in one call, and make it durable."""
        content = text.encode()
        try:
            descriptor = os.open(os.path.realpath(self.path), files.write_flags())
            try:
                # White space around a secret is ignored. Padded to the old length, the
                # secret is intact even if the program is killed before the truncation.
                old = os.fstat(descriptor).st_size
                padded = content.ljust(min(old, MOST_BYTES), b"\n")
                if os.write(descriptor, padded) != len(padded):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.ftruncate(descriptor, len(content))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise self._unwritable(
                exc, "expected a file that the proxy may write to"
            ) from exc

    def fingerprint(self) -> bytes:
        """Return a digest that changes with the file's target, mode or content."""
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
            raise self._error("is not a regular file", "expected a file")
        ours = processes.user_id()
        if self.shared or ours is None:
            return
        mode = stat.S_IMODE(facts.st_mode)
        if mode & _OTHERS:
            raise self._error(f"is open to others (mode {mode:04o})", self._modes())
        if mode & _GROUP_WRITES:
            found = f"is writable by its group (mode {mode:04o})"
            raise self._error(found, self._modes())
        if facts.st_uid not in {ours, 0}:
            raise self._error(
                "belongs to another user",
                "expected it to belong to the user of the proxy, or to root",
            )

    def _modes(self) -> str:
        path = shlex.quote(str(self.path.absolute()))
        return f"expected mode 0600, or 0640 at most: chmod 600 {path}"

    def _unwritable(self, exc: OSError, wanted: str) -> SecretFileError:
        return self._error(f"cannot be written: {os.strerror(exc.errno or 0)}", wanted)

    def _error(self, found: str, wanted: str) -> SecretFileError:
        # The absolute path, since a relative one does not show where it starts.
        return SecretFileError(str(self.path.absolute()), found, wanted)


def _takes_files(folder: Path) -> bool:
    """Return whether we may create a file in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def in_place(exc: BaseException | None) -> bool:
    """Return whether a file may still be writable in place after this error."""
    return isinstance(exc, OSError) and exc.errno in _NOT_REPLACEABLE
