"""Open the sockets to listen on: our own, or those of a supervisor.

A supervisor's sockets stay open while the proxy restarts (systemd's socket activation,
sd_listen_fds(3)). A player that connects meanwhile is not refused; it waits in the
socket's queue.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator, Mapping, Sequence

from proxy.core.http.listening import Address
from proxy.errors import StartError

FIRST_HANDED = 3  # SD_LISTEN_FDS_START
_INTERNET = (socket.AF_INET, socket.AF_INET6)
# localhost may have an IPv6 address even if the machine has no IPv6.
_NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


def handed_over(
    environ: Mapping[str, str], *, first: int = FIRST_HANDED
) -> tuple[socket.socket, ...]:
    """Return the listening sockets that this process was started with; often none.

    Raises StartError if something else was handed over. Commands that the program
    starts do not inherit the sockets.
    """
    if environ.get("LISTEN_PID") != str(os.getpid()):
        return ()  # meant for another process, such as the shell that started us
    try:
        end = first + int(environ.get("LISTEN_FDS", ""))
    except ValueError:
        raise StartError(
            "LISTEN_FDS: is not a number; expected the number of sockets handed over"
        ) from None
    return tuple(map(_handed, range(first, end)))


def address_of(listening: socket.socket) -> Address:
    """Return the address that a socket listens on."""
    return Address(*listening.getsockname()[:2])


@contextlib.contextmanager
def bound(
    addresses: Sequence[Address], handed: Sequence[socket.socket] = ()
) -> Iterator[tuple[socket.socket, ...]]:
    """Listen on these addresses, and on no others, while the block lasts.

    Players who connect before the sockets are served wait. A socket in `handed` is used
    for its own address, which the settings have checked. Raises StartError for an
    address that cannot be used, and for a handed socket at another address.
    """
    with contextlib.ExitStack() as stack:
        ready = {address_of(one).spot: stack.enter_context(one) for one in handed}
        sockets: list[socket.socket] = []
        for address in addresses:
            ours = ready.pop(address.spot, None)
            sockets += [ours] if ours else map(stack.enter_context, _opened(address))
        for stray in ready.values():
            raise StartError(
                f"LISTEN_FDS: a socket at {address_of(stray)};"
                f" expected one of server.listen: {', '.join(map(str, addresses))}"
            )
        yield tuple(sockets)


def _handed(number: int) -> socket.socket:
    try:
        one = socket.socket(fileno=number)
        listens = one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as exc:
        reason = os.strerror(exc.errno or errno.EBADF)
        raise StartError(
            f"LISTEN_FDS: file descriptor {number}: {reason}; expected a socket"
        ) from exc
    one.set_inheritable(False)
    if not listens or one.family not in _INTERNET:
        one.close()
        raise StartError(
            f"LISTEN_FDS: file descriptor {number} is not a listening TCP socket;"
            " expected ListenStream=ADDRESS:PORT without Accept=yes"
        )
    return one


def _opened(address: Address) -> list[socket.socket]:
    """Return a listening socket for each IP address of the host."""
    sockets: list[socket.socket] = []
    port, failure = address.port, None
    for family, place in _resolved(address):
        try:
            one = socket.create_server((place, port), family=family)
        except OSError as exc:
            failure = exc
            if exc.errno in _NOT_HERE:
                continue
            break
        sockets.append(one)
        port = address_of(one).port
    else:
        if sockets:
            return sockets
    for one in sockets:
        one.close()
    raise _unusable(address, failure) from failure


def _resolved(address: Address) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except OSError as exc:
        raise StartError(f"cannot listen on {address}: unknown host name") from exc
    return list(
        dict.fromkeys(
            (family, str(place[0]))
            for family, _, _, _, place in found
            if family in _INTERNET
        )
    )


def _unusable(address: Address, failure: OSError | None) -> StartError:
    number = failure.errno if failure and failure.errno else 0
    if number == errno.EADDRINUSE:
        return StartError(f"{address} is in use by another program")
    reason = os.strerror(number) if number > 0 else "no address"
    return StartError(f"cannot listen on {address}: {reason}")
