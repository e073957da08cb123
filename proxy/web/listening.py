"""Listens where it is told to, on sockets of our own or of a supervisor's.

A supervisor's outlive the program (systemd's socket activation, sd_listen_fds(3)). A
player that comes while it restarts is not refused; it waits in the socket's queue.
"""

import errno
import os
import socket
from collections.abc import Mapping, Sequence

from aiohttp import web

from proxy.core.http.listening import Address
from proxy.errors import StartError

FIRST_HANDED = 3  # SD_LISTEN_FDS_START
_INTERNET = (socket.AF_INET, socket.AF_INET6)


def handed_over(
    environ: Mapping[str, str], *, first: int = FIRST_HANDED
) -> tuple[socket.socket, ...]:
    """Return the listening sockets that this process was started with; often none.

    Raise StartError where something else was handed over. Commands that the program
    starts do not inherit them.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return ()  # meant for another process, such as the shell that started us
    try:
        end = first + int(environ.get("LISTEN_FDS", ""))
    except ValueError:
        raise StartError("LISTEN_FDS: want the number of sockets handed over") from None
    return tuple(map(_handed, range(first, end)))


def address_of(listening: socket.socket) -> Address:
    """Return where a socket listens."""
    return Address(*listening.getsockname()[:2])


async def listen(
    runner: web.ServerRunner,
    addresses: Sequence[Address],
    handed: Sequence[socket.socket] = (),
) -> None:
    """Let a server listen at these addresses, and nowhere else.

    Of `handed` each takes the place of its own address: what makes an address safe to
    listen at holds for them too. Raise StartError where that cannot be, or where one
    listens at an address that was not asked for.
    """
    ready = {address_of(one).spot: one for one in handed}
    for address in addresses:
        ours = ready.pop(address.spot, None)
        await _start(runner, address, ours)
    for stray in ready.values():
        raise StartError(
            f"handed over: a socket at {address_of(stray)}; want one of server.listen:"
            f" {', '.join(map(str, addresses))}"
        )


def _handed(number: int) -> socket.socket:
    try:
        one = socket.socket(fileno=number)
        listens = one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as exc:
        reason = os.strerror(exc.errno or errno.EBADF)
        raise StartError(f"handed over as {number}: {reason}") from exc
    one.set_inheritable(False)
    if not listens or one.family not in _INTERNET:
        one.close()
        raise StartError(
            f"handed over as {number}: a socket that listens at no TCP port; want"
            " ListenStream=ADDRESS:PORT, and no Accept=yes"
        )
    return one


async def _start(
    runner: web.ServerRunner, address: Address, ours: socket.socket | None
) -> None:
    site = (
        web.SockSite(runner, ours)
        if ours
        else web.TCPSite(runner, address.host, address.port)
    )
    try:
        await site.start()
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise StartError(f"{address} is in use by another program") from exc
        reason = os.strerror(exc.errno) if exc.errno and exc.errno > 0 else "no address"
        raise StartError(f"cannot listen on {address}: {reason}") from exc
