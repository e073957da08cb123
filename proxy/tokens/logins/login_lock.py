"""The lock on a refresh token's file: one process at a time exchanges what it holds.

The lock file stands beside it, and is there only while somebody holds it or was killed.
In a folder that is read-only to us the file itself is locked. The system releases the
lock of a process that has ended, however it ended.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from proxy import system
from proxy.clock import Clock
from proxy.errors import SourceError
from proxy.secret_file import SecretFile

WAIT_SECONDS = 75.0
"""Longer than an exchange may take."""
_STEP_SECONDS = 0.05


class LoginLock:
    """Locks the file of a login against other processes."""

    def __init__(self, file: SecretFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    @property
    def path(self) -> Path:
        """Where the lock file stands: beside the file itself, behind all links."""
        target = Path(os.path.realpath(self._file.path))
        return target.with_name(f".{target.name}.lock")

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold the lock while the block lasts.

        Raise `SourceError` if another process does not let it go. Where files cannot be
        locked, the block runs all the same.
        """
        opened = await self._taken()
        try:
            yield
        finally:
            if opened is not None:
                self._release(*opened)

    async def _taken(self) -> tuple[int, Path] | None:
        deadline = self._clock.mono() + WAIT_SECONDS
        while (opened := self._opened()) is not None:
            if _locked(*opened):
                return opened
            os.close(opened[0])
            if self._clock.mono() >= deadline:
                raise SourceError(
                    f"another process has used the refresh token in {self._file.path} "
                    f"for {WAIT_SECONDS:g} s and still holds {opened[1]}"
                )
            await self._clock.sleep(_STEP_SECONDS)
        return None

    def _opened(self) -> tuple[int, Path] | None:
        """Open what is locked; return its descriptor and its path."""
        ways = (
            (self.path, system.lock_file_flags()),
            (Path(os.path.realpath(self._file.path)), system.secret_flags()),
        )
        for path, flags in ways:
            with contextlib.suppress(OSError):
                return os.open(path, flags, 0o600), path
        return None

    def _release(self, descriptor: int, path: Path) -> None:
        if path == self.path:
            # Windows removes no file that is open: there it stays, and does no harm.
            with contextlib.suppress(OSError):
                path.unlink()
        os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    """Lock a file, and tell whether it still is the one with this name."""
    if not system.try_lock(descriptor):
        return False
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
