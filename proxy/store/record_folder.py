"""A folder of files in the format of `record`. Everything here blocks.

If a process is killed while it writes, it leaves a temporary file. A later process
removes that file. Several processes may use the same folder.
"""

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from proxy.store.record import Label
from proxy.store.record_file import (
    Calls,
    Mark,
    Opened,
    RecordBody,
    cost_of,
    open_file,
    write_file,
)
from proxy.system import files, processes

_NAME = re.compile(r"[0-9a-f]{40}")
_TEMPORARY = re.compile(r"[0-9a-f]{40}\.[0-9a-f]{16}\.part")
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file in the folder."""

    name: str
    cost: int
    """The space that it takes on the disk, in bytes."""
    changed_at: float


class RecordFolder:
    """Reads, writes, lists and removes files; raises OSError, ValueError for damage."""

    def __init__(self, path: Path, calls: Calls | None = None) -> None:
        self.path = path
        self._calls = calls or Calls()

    def prepare(self, *, create: bool) -> None:
        """Create the folder, private to this user; raise OSError if unusable.

        Without `create` its parent folder must exist. If it does not, a removable disk
        may have been taken out.
        """
        if create:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700, exist_ok=True)
        facts, ours = self.path.stat(), processes.user_id()
        if ours is None:
            return
        if facts.st_uid not in {ours, 0}:
            raise PermissionError(None, "the folder belongs to another user")
        if stat.S_IMODE(facts.st_mode) & _OTHERS:
            self.path.chmod(0o700)

    def listing(self) -> list[ListedFile]:
        """Return the files, oldest first, by the time of their last change.

        Removes temporary files whose writer no longer runs.
        """
        found = []
        with os.scandir(self.path) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):
                        facts = entry.stat(follow_symlinks=False)
                        cost = cost_of(facts.st_size)
                        found.append(ListedFile(entry.name, cost, facts.st_mtime))
                elif _TEMPORARY.fullmatch(entry.name):
                    self._remove_left_over(self.path / entry.name)
        return sorted(found, key=lambda one: one.changed_at)

    def write(self, name: str, label: Label, body: RecordBody) -> Mark | None:
        """Write a file durably; return its mark, or None if the older file is open."""
        return write_file(self.path / name, label, body, self._calls)

    def open(self, name: str, known: Mark | None = None) -> Opened | None:
        """Open a file and check it, see `open_file`; None if it does not exist."""
        opened = open_file(self.path / name, known)
        if opened is None:
            self.path.stat()  # raises if the folder has vanished
        return opened

    def remove(self, name: str) -> bool:
        """Remove a file; return False if the caller must try again later.

        Windows cannot remove an open file.
        """
        try:
            self._calls.remove(self.path / name)
        except FileNotFoundError:
            pass
        except PermissionError:
            return False
        return True

    def spoil(self, name: str) -> None:
        """Damage the start of a file that cannot be removed, so it is never served.

        This also works after a restart. Readers that have it open can still read its
        body.
        """
        with contextlib.suppress(OSError):
            descriptor = os.open(self.path / name, files.write_flags())
            try:
                os.write(descriptor, b"removed.")
            finally:
                os.close(descriptor)

    def _remove_left_over(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            descriptor = os.open(path, files.lock_file_flags() & ~os.O_CREAT)
            try:
                if not files.try_lock(descriptor):
                    return
                # Before it is unlocked: its writer may be about to lock it.
                with contextlib.suppress(PermissionError):  # Windows: it is open
                    self._calls.remove(path)
                    return
            finally:
                os.close(descriptor)
            self._calls.remove(path)
