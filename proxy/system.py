"""What this system can do, and what stands in where it cannot.

Linux has all of it, macOS most, Windows little. Other modules ask here, so that what
only some systems have is named once, and can be taken away in a test.
"""

import contextlib
import os
import signal
from asyncio.subprocess import Process
from pathlib import Path


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
