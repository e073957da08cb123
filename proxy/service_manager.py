"""Report the program's state to the service manager: systemd's sd_notify(3).

Nothing is sent if no manager asks for it, or if the system has no such sockets.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from proxy.system import sockets

SOCKET_VARIABLE = "NOTIFY_SOCKET"


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The manager that started the program; an empty address means there is none."""

    address: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Return the service manager that the environment names."""
        address = environ.get(SOCKET_VARIABLE, "")
        # An abstract socket begins with a null byte, which no variable can hold.
        return cls(f"\0{address[1:]}" if address.startswith("@") else address)

    def ready(self, status: str) -> None:
        """Report that players are being answered (again); `status` is for people."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self, mono: float) -> None:
        """Report that the configuration is being reloaded since `mono` seconds."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={int(mono * 1e6)}")

    def stopping(self) -> None:
        """Report that the program is about to stop."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        """Send the lines without waiting, even if nobody receives them."""
        sender = sockets.datagram_socket() if self.address else None
        if sender is None:
            return
        with contextlib.closing(sender), contextlib.suppress(OSError):
            sender.sendto("\n".join(lines).encode(), self.address)
