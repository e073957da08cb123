"""The folder, in memory, for what workers have in common. The parent owns it.

It exists only while the parent runs. If a parent was killed, the next one removes its
folder. Nothing is read from it: each parent makes a folder with a name of its own.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from proxy.system import files, processes

_PREFIX = "hls-auth-proxy-"
_LOCK = "lock"
_RUNS = "runs"
_TURNS = "turns"
# A folder without a lock is being made, or the process that made it was killed.
_MAKING_SECONDS = 60.0

log = structlog.get_logger()


class CommonFolder:
    """Folders for the files of each worker, runs of live streams, and turns."""

    def __init__(self, path: Path, workers: int) -> None:
        self.path = path
        self.workers = workers

    @property
    def runs(self) -> Path:
        """The folder for the runs."""
        return self.path / _RUNS

    @property
    def turns(self) -> Path:
        """The folder for the turns to fetch a resource."""
        return self.path / _TURNS

    def of(self, worker: int) -> Path:
        """Return the folder for what a worker keeps."""
        return self.path / str(worker)

    def others(self, worker: int) -> list[Path]:
        """Return the folders for what the other workers keep."""
        return [self.of(n) for n in range(1, self.workers + 1) if n != worker]

    def clear(self, worker: int) -> None:
        """Drop what a worker kept, after it has ended."""
        folder = self.of(worker)
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700)


@contextlib.contextmanager
def common_folder(needed_bytes: int, workers: int) -> Iterator[CommonFolder | None]:
    """Make the folder, and remove it when the block ends.

    None if the system has no folder in memory, or one with too little room. Then each
    worker keeps its own media.
    """
    base = files.memory_folder()
    if base is None:
        yield None
        return
    _remove_left_over(base)
    try:
        free = files.free_bytes(base)
        if free < needed_bytes:
            log.warning(
                "store",
                about=f"workers do not share media: {base} has room for {free:,} "
                f"bytes; store.memory_bytes is {needed_bytes:,}",
            )
            yield None
            return
    except OSError:
        yield None
        return
    with _made(base, workers) as folder:
        yield folder


@contextlib.contextmanager
def _made(base: Path, workers: int) -> Iterator[CommonFolder]:
    path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    folder = CommonFolder(path, workers)
    lock = -1
    try:
        lock = os.open(path / f"{_LOCK}.new", files.lock_file_flags(), 0o600)
        files.try_lock(lock)
        (path / f"{_LOCK}.new").replace(path / _LOCK)
        folder.runs.mkdir(mode=0o700)
        folder.turns.mkdir(mode=0o700)
        for worker in range(1, workers + 1):
            folder.clear(worker)
        yield folder
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if lock >= 0:
            os.close(lock)


def _remove_left_over(base: Path) -> None:
    """Remove folders of parents that were killed."""
    ours = processes.user_id()
    for path in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            facts = path.lstat()
            if facts.st_uid == ours and _is_abandoned(path, facts.st_mtime):
                shutil.rmtree(path, ignore_errors=True)


def _is_abandoned(path: Path, changed_at: float) -> bool:
    try:
        descriptor = os.open(path / _LOCK, files.lock_file_flags() & ~os.O_CREAT)
    except FileNotFoundError:
        return time.time() - changed_at > _MAKING_SECONDS
    try:
        return files.try_lock(descriptor)
    finally:
        os.close(descriptor)
