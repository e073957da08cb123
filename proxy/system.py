"""System-specific functions, with a fallback if the system lacks something.

Linux has all of these features, macOS most, Windows few. Other modules use them through
this module only, so each feature can be found here, and disabled in a test.
"""

import asyncio
import contextlib
import ctypes
import errno
import importlib
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

_NO_LINGERING = struct.pack("ii", 1, 0)
_BEYOND_THE_END = 1 << 30
_LOCKED = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}
_NOT_OFFERED = {errno.ENOSYS, errno.EPERM, errno.EACCES}
"""The errors of a system call that the kernel lacks or a sandbox forbids."""
_UNSENDABLE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
_INT = struct.Struct("i")
# mallopt(3): M_TRIM_THRESHOLD and M_MMAP_THRESHOLD.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
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
    posix, windows = _module("fcntl"), _module("msvcrt")
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


def reuse_memory(*, largest: int, most: int) -> bool:
    """Make the C library reuse freed memory instead of returning it to the system.

    It keeps blocks of up to `largest` bytes, and up to `most` bytes in total at the end
    of its heap. Returns False if the C library has no such setting; only glibc has it.
    """
    try:
        choose = getattr(ctypes.CDLL(None), "mallopt", None)
    except (OSError, TypeError):  # Windows has no handle of this kind
        return False
    if choose is None:
        return False
    return bool(choose(_MMAP_THRESHOLD, largest) and choose(_TRIM_THRESHOLD, most))


def most_open_files() -> int | None:
    """Return how many files this process may open; None if unknown or without limit."""
    resource = _module("resource")
    if resource is None:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else int(soft)


def datagram_socket() -> socket.socket | None:
    """Return a non-blocking datagram socket that sends to a path.

    None if the system has no such sockets, as on Windows.
    """
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        return None
    try:
        sender = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:
        return None
    sender.settimeout(0)
    return sender


def hands_sockets() -> bool:
    """Return whether programs that we start can inherit sockets; not on Windows."""
    return os.name == "posix"


def balanced_port_option() -> int | None:
    """Return the socket option that lets sockets share a port and its connections.

    Returns None unless the kernel spreads connections evenly over the sockets. Linux
    does; on macOS and BSD the option of the same name has another meaning.
    """
    if not sys.platform.startswith("linux"):
        return None
    return getattr(socket, "SO_REUSEPORT", None)


def cores() -> int:
    """Return how many cores this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def reload_signal() -> signal.Signals | None:
    """Return the signal for reloading the configuration; None on Windows."""
    return getattr(signal, "SIGHUP", None)


def user_id() -> int | None:
    """Return our user id; None if files have no Unix modes and owners."""
    effective = getattr(os, "geteuid", None)
    return None if effective is None else int(effective())


def kill(process: Process) -> None:
    """Kill a program that has its own session, together with everything it started.

    Without process groups, only the program itself is killed. No error is raised if it
    has already ended.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        group = getattr(os, "killpg", None)
        if group is None:
            process.kill()
        else:
            group(process.pid, signal.Signals["SIGKILL"])


def reset(transport: asyncio.WriteTransport) -> None:
    """Reset a connection, so that undelivered data never arrives.

    Otherwise the kernel would continue to send buffered data for minutes after a close.
    No error is raised if the connection has already ended.
    """
    used = transport.get_extra_info("socket")
    # asyncio's abort alone closes the connection normally. With lingering disabled, it
    # resets the connection.
    if used is not None:  # None, for example, with TLS after the end
        with contextlib.suppress(OSError):
            used.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    transport.abort()


def unacknowledged(transport: asyncio.WriteTransport) -> int | None:
    """Return how many bytes the other end has not acknowledged; None if unknown.

    Includes bytes not sent yet. Only Linux reports it (tcp(7), SIOCOUTQ).
    """
    waiting = transport.get_write_buffer_size()
    command = _send_queue_command()
    if waiting or command is None:
        return waiting or None
    ioctl, request = command
    used = transport.get_extra_info("socket")
    if used is None:
        return None
    try:
        answer = ioctl(used.fileno(), request, bytes(_INT.size))
    except (OSError, ValueError):
        return None
    return int(_INT.unpack(answer)[0])


def send_from_file(
    transport: asyncio.WriteTransport, file: int, offset: int, count: int
) -> int | None:
    """Send bytes of a file over a connection, without reading them; do not wait.

    Return how many were sent: 0 if the socket is full, or at the end of the file.
    Return None if this is not possible: there is no such function (Windows), the
    connection has TLS, earlier data is not sent yet, or the file system does not
    support it. Raises ConnectionError if the other end has disconnected.
    """
    send = getattr(os, "sendfile", None)
    used = transport.get_extra_info("socket")
    encrypted = transport.get_extra_info("sslcontext") is not None
    if send is None or used is None or encrypted or transport.get_write_buffer_size():
        return None
    try:
        # No other task runs between asking for the descriptor and using it.
        return int(send(used.fileno(), file, offset, count))
    except BlockingIOError:
        return 0
    except OSError as exc:
        if exc.errno in _UNSENDABLE:
            return None
        raise ConnectionResetError("the other end has disconnected") from exc


def _module(name: str) -> ModuleType | None:
    """Return a module that only some systems have; None if it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _send_queue_command() -> tuple[Callable[..., bytes], int] | None:
    """Return `ioctl` and the request for the size of a socket's send queue.

    None on systems without it.
    """
    if not sys.platform.startswith("linux"):
        return None
    fcntl, termios = _module("fcntl"), _module("termios")
    if fcntl is None or termios is None:
        return None
    # TIOCOUTQ has the same number as SIOCOUTQ, which applies to sockets.
    return fcntl.ioctl, termios.TIOCOUTQ
