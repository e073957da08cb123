"""A network of its own: sockets and commands in it, apart from the machine's.

Nothing names it on the machine. It lives as long as a process of ours holds it, so
that none is left behind, not even after SIGKILL.
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
    """Raise StartError where namespaces and lines cannot be made.

    `programs` is the search path for the programs that this needs, by default PATH;
    `user` is who runs it, by default whoever does.
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
    """One network, at first with nothing but its loopback."""

    def __init__(self) -> None:
        """Make it. Raises StartError where this process may not."""
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
        """What stands before a command that is to run in it."""
        return ("nsenter", f"--net=/proc/{os.getpid()}/fd/{self._descriptor}")

    def run(self, make: Callable[[], T]) -> T:
        """Call something in it and return the result; sockets made there stay there."""

        def inside() -> T:
            _enter(self._descriptor)
            return make()

        return _in_a_thread(inside)

    def configure(self, *words: str) -> None:
        """Configure it, in words of ip(8). Raises StartError with what that said."""
        done = subprocess.run(  # noqa: S603 - words of our own
            [*self.prefix, "ip", *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise StartError(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _in_a_thread(make: Callable[[], T]) -> T:
    # A thread has a network of its own if it asks for one, and takes it to its end.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(make).result()


def _made() -> int:
    # os.unshare and os.setns came with Python 3.12.
    if _libc().unshare(_CLONE_NEWNET):
        reason = os.strerror(ctypes.get_errno())
        raise StartError(f"lines: cannot make a network: {reason}; want CAP_SYS_ADMIN")
    return os.open(_OWN_NETWORK, os.O_RDONLY)


def _enter(descriptor: int) -> None:
    if _libc().setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "cannot enter a network")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
