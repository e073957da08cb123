"""What this system can do, and what stands in where it cannot.

Linux has all of it, macOS most, Windows little. Other modules ask here, so that what
only some systems have is named once, and can be taken away in a test.
"""

import asyncio
import contextlib
import errno
import importlib
import os
import signal
import socket
import struct
import sys
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

_NO_LINGERING = struct.pack("ii", 1, 0)
_BEYOND_THE_END = 1 << 30
_LOCKED = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}
_INT = struct.Struct("i")


def secret_flags() -> int:
    """Return how a secret file is opened for reading.

    Not handed on to programs that we start, and never waited for: a named pipe would
    block until somebody writes. Windows has neither, but translates line ends.
    """
    names = ("O_CLOEXEC", "O_NONBLOCK", "O_BINARY")
    return os.O_RDONLY | sum(int(getattr(os, name, 0)) for name in names)


def write_flags() -> int:
    """Return how a file is opened to be written over, as it is."""
    names = ("O_CLOEXEC", "O_BINARY")
    return os.O_WRONLY | sum(int(getattr(os, name, 0)) for name in names)


def new_file_flags() -> int:
    """Return how a file that must not be there yet is created and opened."""
    return write_flags() | os.O_CREAT | os.O_EXCL


def lock_file_flags() -> int:
    """Return how a lock file is opened, and created if it is not there."""
    names = ("O_CLOEXEC", "O_NOFOLLOW", "O_BINARY")
    known = sum(int(getattr(os, name, 0)) for name in names)
    return os.O_RDWR | os.O_CREAT | known


def try_lock(descriptor: int) -> bool:
    """Lock an open file against other processes until it is closed, without waiting.

    Return whether that went well. Where the system or its file system has no locks,
    nobody else can hold one either.
    """
    posix, windows = _module("fcntl"), _module("msvcrt")
    try:
        if posix is not None:
            posix.flock(descriptor, posix.LOCK_EX | posix.LOCK_NB)
        elif windows is not None:
            # Nobody else may read a locked byte there, so it is one beyond the end.
            os.lseek(descriptor, _BEYOND_THE_END, os.SEEK_SET)
            windows.locking(descriptor, windows.LK_NBLCK, 1)
    except OSError as exc:
        return exc.errno not in _LOCKED
    return True


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable, where folders can be opened at all."""
    flag = getattr(os, "O_DIRECTORY", None)
    if flag is None:
        return
    descriptor = os.open(folder, os.O_RDONLY | flag)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def datagram_socket() -> socket.socket | None:
    """Return a socket that sends to others by path and never waits.

    None where there are none of this kind: Windows.
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


def reload_signal() -> signal.Signals | None:
    """Return what tells a program to read its configuration again; Windows has none."""
    return getattr(signal, "SIGHUP", None)


def user_id() -> int | None:
    """Return who we are; None where files have no modes and owners of this kind."""
    effective = getattr(os, "geteuid", None)
    return None if effective is None else int(effective())


def kill(process: Process) -> None:
    """Kill a program that began a session of its own, with all that it has started.

    Without process groups it dies alone. One that has ended already is no error.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        group = getattr(os, "killpg", None)
        if group is None:
            process.kill()
        else:
            group(process.pid, signal.Signals["SIGKILL"])


def reset(transport: asyncio.WriteTransport) -> None:
    """End a connection by a reset; what it has not delivered yet never arrives.

    Left to itself the kernel goes on sending what it was given, minutes after a close.
    A connection that has ended already is no error.
    """
    used = transport.get_extra_info("socket")
    # asyncio's abort alone says goodbye in good order; without lingering it resets.
    if used is not None:  # as with TLS after the end
        with contextlib.suppress(OSError):
            used.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    transport.abort()


def unacknowledged(transport: asyncio.WriteTransport) -> int | None:
    """Return how many bytes the other end has not said to have; None if unknown.

    Linux alone tells (tcp(7), SIOCOUTQ): sent or not, until they are acknowledged.
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


def _module(name: str) -> ModuleType | None:
    """Return a module that only some systems have."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _send_queue_command() -> tuple[Callable[..., bytes], int] | None:
    """Return what asks for the bytes in a socket's send queue, where that is known."""
    if not sys.platform.startswith("linux"):
        return None
    fcntl, termios = _module("fcntl"), _module("termios")
    if fcntl is None or termios is None:
        return None
    # The number of SIOCOUTQ; for sockets it means that.
    return fcntl.ioctl, termios.TIOCOUTQ
