"""A network namespace: sockets and commands in it are separate from the machine's.

It has no name on the machine. It exists only while one of our processes holds it, so
that nothing is left behind, not even after SIGKILL.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from proxy.errors import StartError

T = TypeVar("T")

TUN = Path("/dev/net/tun")
_CLONE_NEWNET = 0x4000_0000  # <linux/sched.h>
_OWN_NETWORK = "/proc/thread-self/ns/net"
_PROGRAMS = {"ip": "iproute2", "nsenter": "util-linux"}


def require(
    *, tun: Path = TUN, programs: str | None = None, user: int | None = None
) -> None:
    """Raise StartError if namespaces and lines cannot be created here.

    `programs` is the search path for the required programs, by default PATH. `user` is
    the user id to check, by default that of this process.
    """
    if sys.platform != "linux":
        raise StartError(f"lines: the system is {sys.platform}; want Linux")
    if os.geteuid() if user is None else user:
        raise StartError("lines: not root; want root, which may make networks")
    if not tun.exists():
        raise StartError(
            f"lines: there is no {tun}; want the module tun (modprobe tun), and in a"
            " container the device (--device /dev/net/tun --cap-add NET_ADMIN)"
        )
    for program, package in _PROGRAMS.items():
        if shutil.which(program, path=programs) is None:
            raise StartError(f"lines: there is no {program}; want Debian's {package}")


class Namespace:
    """A network, which has only its loopback at first."""

    def __init__(self) -> None:
        """Create the network; raises StartError if this process is not allowed to."""
        self._descriptor = _in_a_thread(_made)
        self.configure("link", "set", "lo", "up")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    @property
    def prefix(self) -> tuple[str, ...]:
        """Return the words to put before a command that should run in it."""
        return ("nsenter", f"--net=/proc/{os.getpid()}/fd/{self._descriptor}")

    def run(self, make: Callable[[], T]) -> T:
        """Call `make` in the network and return its result; its sockets stay there."""

        def inside() -> T:
            _enter(self._descriptor)
            return make()

        return _in_a_thread(inside)

    def configure(self, *words: str) -> None:
        """Run a command of ip(8) in it; raises StartError with the error text."""
        done = subprocess.run(
            [*self.prefix, "ip", *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StartError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _in_a_thread(make: Callable[[], T]) -> T:
    # A thread can get its own network, which it keeps to its end.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(make).result()


def _made() -> int:
    # os.unshare and os.setns were added in Python 3.12.
    if _libc().unshare(_CLONE_NEWNET):
        reason = os.strerror(ctypes.get_errno())
        raise StartError(f"lines: cannot make a network: {reason}; want CAP_SYS_ADMIN")
    return os.open(_OWN_NETWORK, os.O_RDONLY)


def _enter(descriptor: int) -> None:
    if _libc().setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot enter a network")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
