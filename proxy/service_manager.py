"""Tells the manager of services how the program is: systemd's sd_notify(3).

Without a manager that asks for it, nothing is told; neither is it where the system has
no such sockets.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from proxy import system

SOCKET_VARIABLE = "NOTIFY_SOCKET"


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """The manager that started the program; an empty address is none."""

    address: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Return the one that the environment names."""
        address = environ.get(SOCKET_VARIABLE, "")
        # An abstract socket begins with a null byte, which no variable can hold.
        return cls(f"\0{address[1:]}" if address.startswith("@") else address)

    def ready(self, status: str) -> None:
        """Tell that players are answered, or are again, with a line for people."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self, mono: float) -> None:
        """Tell that the configuration is read again, from this monotonic time on."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={int(mono * 1e6)}")

    def stopping(self) -> None:
        """Tell that the program is about to end."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        """Tell, without ever waiting: whoever does not listen does not hold us up."""
        sender = system.datagram_socket() if self.address else None
        if sender is None:
            return
        with contextlib.closing(sender), contextlib.suppress(OSError):
            sender.sendto("\n".join(lines).encode(), self.address)
