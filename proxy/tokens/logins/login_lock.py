"""The lock on a refresh token's file: only one process at a time exchanges the token.

The lock file is beside the token's file. It exists only while a process holds the lock,
or after that process was killed. If we cannot write to the folder, the token's file
itself is locked. The system releases the lock of a process that has ended, even if it
crashed.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from proxy.clock import Clock
from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.system import files

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
        """The path of the lock file: beside the real file, with all links resolved."""
        target = Path(os.path.realpath(self._file.path))
        return target.with_name(f".{target.name}.lock")

    @contextlib.asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold the lock while the block runs.

        Raise `SourceError` if another process does not release it. If files cannot be
        locked on this system, the block runs without a lock.
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
        """Open the file to lock; return its descriptor and its path."""
        ways = (
            (self.path, files.lock_file_flags()),
            (Path(os.path.realpath(self._file.path)), files.secret_flags()),
        )
        for path, flags in ways:
            with contextlib.suppress(OSError):
                return os.open(path, flags, 0o600), path
        return None

    def _release(self, descriptor: int, path: Path) -> None:
        if path == self.path:
            # Windows cannot remove an open file: there the lock file stays, which does
            # no harm.
            with contextlib.suppress(OSError):
                path.unlink()
        os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    """Lock a file, and return whether it is still the one at this path."""
    if not files.try_lock(descriptor):
        return False
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
