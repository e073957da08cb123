"""Sockets of kinds that not every system has."""

import os
import socket
import sys


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
