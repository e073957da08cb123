"""The sockets that workers listen on.

On Linux each worker has its own socket at the same port, and the kernel spreads
connections evenly over them. The parent opens these sockets and keeps them open. So
when a worker dies, the connections queued at its socket wait for the next worker. If
the worker had opened the socket itself, they would be reset.

On other systems, and with a socket that a supervisor handed over, all workers accept
from the same socket. Then the quickest worker gets the next connection.
"""

import contextlib
import socket
from collections.abc import Iterator, Sequence

from proxy.core.http.listening import Address
from proxy.errors import StartError
from proxy.system import sockets
from proxy.web.listening import bound

Row = tuple[socket.socket, ...]
"""The sockets of one worker."""


@contextlib.contextmanager
def shared(
    addresses: Sequence[Address], handed: Sequence[socket.socket], workers: int
) -> Iterator[tuple[Row, ...]]:
    """Listen on these addresses while the block lasts; yield each worker's sockets.

    Raises StartError for an address that cannot be used.
    """
    with contextlib.ExitStack() as stack:
        # Bind without port sharing first. Only this way another program that uses the
        # port is noticed.
        first = stack.enter_context(bound(addresses, handed))
        if handed or sockets.balanced_port_option() is None:
            yield (first,) * workers
            return
        places = [(one.family, one.getsockname()) for one in first]
        stack.close()
        try:
            rows = [
                tuple(stack.enter_context(_listening(*place)) for place in places)
                for _ in range(workers)
            ]
        except OSError as exc:
            where = ", ".join(map(str, addresses))
            raise StartError(f"cannot listen on {where}: {exc.strerror}") from exc
        yield tuple(rows)


def _listening(family: socket.AddressFamily, name: tuple[str, int]) -> socket.socket:
    return socket.create_server(name, family=family, reuse_port=True)
