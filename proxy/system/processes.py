"""Processes: ending them, and the user, signals and resources of this one."""

import contextlib
import ctypes
import os
import signal
from asyncio.subprocess import Process

from proxy.system.modules import module

# mallopt(3): M_TRIM_THRESHOLD and M_MMAP_THRESHOLD.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


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
    resource = module("resource")
    if resource is None:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else int(soft)


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
