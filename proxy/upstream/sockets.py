"""Sockets that notice when the other end is gone.

By default lost packets are sent again for a quarter of an hour, and a connection on
which we only receive is never checked.
"""

import socket

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]

UNACKNOWLEDGED_SECONDS = 3
"""A request that the other end has not acknowledged after this time is given up."""

# A body is not given up that soon. Without a validator it could not be continued, and
# it goes on by itself after the network was cut for 10 s.
_IDLE_SECONDS = 10
_PROBE_SECONDS = 2
_PROBES = 3


def lively_socket(info: AddressInfo) -> socket.socket:
    """Return a socket that fails a few seconds after its network path does.

    On systems with fewer options it takes longer.
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
