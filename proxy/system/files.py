"""Files: how to open them, locks, durability, files in memory, positioned access."""

import contextlib
import errno
import mmap
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from proxy.system.modules import module

_MEMORY, _MOUNTS = Path("/dev/shm"), Path("/proc/self/mounts")  # noqa: S108

_BEYOND_THE_END = 1 << 30

_LOCKED = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}

_NOT_OFFERED = {errno.ENOSYS, errno.EPERM, errno.EACCES}
"""The errors of a system call that the kernel lacks or a sandbox forbids."""

# Without positioned reads and writes, threads share a file position, so they need this
# lock.
_POSITION = threading.Lock()


def secret_flags() -> int:
    """Return the flags for opening a secret file to read it.

    Programs that we start do not inherit the file. Opening it never blocks; otherwise,
    opening a named pipe would block until a program writes to it. Windows has neither
    flag, but needs another one so that it does not translate line ends.
    """
    names = ("O_CLOEXEC", "O_NONBLOCK", "O_BINARY")
    return os.O_RDONLY | sum(int(getattr(os, name, 0)) for name in names)


def write_flags() -> int:
    """Return the flags for opening an existing file to overwrite it."""
    names = ("O_CLOEXEC", "O_BINARY")
    return os.O_WRONLY | sum(int(getattr(os, name, 0)) for name in names)


def new_file_flags() -> int:
    """Return the flags for creating a file that must not exist yet."""
    return write_flags() | os.O_CREAT | os.O_EXCL


def shared_file_flags() -> int:
    """Return the flags for creating a file to write and read; it must not exist yet."""
    names = ("O_CLOEXEC", "O_NOFOLLOW", "O_BINARY")
    known = sum(int(getattr(os, name, 0)) for name in names)
    return os.O_RDWR | os.O_CREAT | os.O_EXCL | known


def lock_file_flags() -> int:
    """Return the flags for opening a lock file, creating it if needed."""
    names = ("O_CLOEXEC", "O_NOFOLLOW", "O_BINARY")
    known = sum(int(getattr(os, name, 0)) for name in names)
    return os.O_RDWR | os.O_CREAT | known


def try_lock(descriptor: int) -> bool:
    """Lock an open file against other processes until it is closed, without waiting.

    Return False if another process holds the lock. If the system or the file system has
    no locks, no other process can hold one, so the result is True.
    """
    posix, windows = module("fcntl"), module("msvcrt")
    try:
        if posix is not None:
            posix.flock(descriptor, posix.LOCK_EX | posix.LOCK_NB)
        elif windows is not None:
            # On Windows, other processes cannot read a locked byte. So lock one after
            # the end of the file.
            os.lseek(descriptor, _BEYOND_THE_END, os.SEEK_SET)
            windows.locking(descriptor, windows.LK_NBLCK, 1)
    except OSError as exc:
        return exc.errno not in _LOCKED
    return True


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable, on systems that can open folders."""
    flag = getattr(os, "O_DIRECTORY", None)
    if flag is None:
        return
    descriptor = os.open(folder, os.O_RDONLY | flag)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def anonymous_file() -> int:
    """Return the descriptor of an empty file that exists only while it is open.

    On Linux it is in memory. Elsewhere it is a temporary file without a name. On
    Windows it has a name, and is deleted when it is closed. Raises OSError if there is
    no descriptor or no room for it.
    """
    create = getattr(os, "memfd_create", None)
    if create is not None:
        try:
            return int(create("hls-auth-proxy"))
        except OSError as exc:
            if exc.errno not in _NOT_OFFERED:
                raise
    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())


def memory_block(size: int) -> mmap.mmap:
    """Return memory that goes back to the system when it is no longer referenced.

    Raises OSError if there is none.
    """
    # Without these flags, POSIX systems would make a file for each. Windows has none.
    names = ("MAP_PRIVATE", "MAP_ANONYMOUS")
    flags = sum(int(getattr(mmap, name, 0)) for name in names)
    make: Callable[..., mmap.mmap] = mmap.mmap
    return make(-1, size, flags=flags) if flags else make(-1, size)


def memory_folder() -> Path | None:
    """Return a folder whose files are in memory; None if there is none that we may use.

    Linux has one at a fixed place. Some containers do not have it.
    """
    with contextlib.suppress(OSError):
        mounts = _MOUNTS.read_text(errors="replace").split("\n")
        kinds = {tuple(line.split(" ")[1:3]) for line in mounts}
        if (str(_MEMORY), "tmpfs") in kinds and os.access(_MEMORY, os.W_OK | os.X_OK):
            return _MEMORY
    return None


def free_bytes(folder: Path) -> int:
    """Return how many bytes can still be written to a folder; may raise OSError."""
    return shutil.disk_usage(folder).free


def read_at(descriptor: int, count: int, offset: int) -> bytes:
    """Return up to `count` bytes of a file from an offset; fewer only at its end."""
    read = getattr(os, "pread", None)
    if read is not None:
        return bytes(read(descriptor, count, offset))
    with _POSITION:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, count)


def write_at(descriptor: int, data: bytes | bytearray, offset: int) -> None:
    """Write all bytes to a file from an offset."""
    write = getattr(os, "pwrite", None)
    rest = memoryview(data)
    while rest:
        if write is not None:
            written = int(write(descriptor, rest, offset))
        else:
            with _POSITION:
                os.lseek(descriptor, offset, os.SEEK_SET)
                written = os.write(descriptor, rest)
        rest, offset = rest[written:], offset + written
