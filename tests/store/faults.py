"""Faults of a disk, and a clock that delays nobody."""

import asyncio
import errno
import os
from pathlib import Path

from proxy.store.record_file import Calls
from tests.fake_clock import FakeClock


class IdleClock(FakeClock):
    """Moves when a test says so; sleeping on it takes only a moment."""

    async def sleep(self, seconds: float) -> None:
        """Let the others run."""
        assert seconds >= 0
        await asyncio.sleep(0)


class Disk:
    """A disk that is full, or a system with locked files, if a test says so."""

    def __init__(self) -> None:
        self.room: float = float("inf")
        """How many bytes can still be written."""
        self.read_only = False
        self.open_elsewhere = False
        """As in Windows, which does not remove or replace an open file."""
        self.written = 0
        self.removed: list[str] = []

    @property
    def calls(self) -> Calls:
        """Return the calls for a store."""
        return Calls(self.write, self.sync, self.replace, self.remove)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write as much as there is room for, as a system does."""
        if self.read_only:
            raise OSError(errno.EROFS, "read-only")
        if not self.room:
            raise OSError(errno.ENOSPC, "full")
        count = os.write(descriptor, data[: int(min(self.room, len(data)))])
        self.room -= count
        self.written += count
        return count

    def sync(self, descriptor: int) -> None:
        """Make a file durable."""
        os.fsync(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Give a file its name."""
        if self.open_elsewhere and target.exists():
            raise PermissionError(errno.EACCES, "open elsewhere")
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        if self.read_only:
            raise OSError(errno.EROFS, "read-only")
        if self.open_elsewhere and path.suffix != ".part":
            raise PermissionError(errno.EACCES, "open elsewhere")
        path.unlink()
        self.removed.append(path.name)
