"""Sockets that notice when nobody is at the other end.

Packets that vanish are sent again for a quarter of an hour by default, and a connection
on which we only listen is never looked at.
"""

import socket

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]

UNACKNOWLEDGED_SECONDS = 3
"""A request that the other end does not acknowledge for so long is given up."""

# A body is not: it may have no validator to be continued with, and a line that is cut
# for 10 s goes on by itself.
_IDLE_SECONDS = 10
_PROBE_SECONDS = 2
_PROBES = 3


def lively_socket(info: AddressInfo) -> socket.socket:
    """Return a socket for the address that fails some seconds after the line does.

    Where the system has fewer options it takes longer.
    """
    family, kind, protocol, _, _ = info
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Named TCP_KEEPALIVE on macOS.
    for names, value in (
        (("TCP_USER_TIMEOUT",), UNACKNOWLEDGED_SECONDS * 1000),
        (("TCP_KEEPIDLE", "TCP_KEEPALIVE"), _IDLE_SECONDS),
        (("TCP_KEEPINTVL",), _PROBE_SECONDS),
        (("TCP_KEEPCNT",), _PROBES),
    ):
        options = (getattr(socket, name, None) for name in names)
        option = next((one for one in options if one is not None), None)
        if option is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made
