"""Open connections: reset, bytes not acknowledged, bytes sent from a file or pieces."""

import asyncio
import contextlib
import errno
import os
import socket
import struct
import sys
from collections.abc import Callable

from proxy.system.modules import module

_NO_LINGERING = struct.pack("ii", 1, 0)

_UNSENDABLE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}

_INT = struct.Struct("i")


def reset(transport: asyncio.WriteTransport) -> None:
    """Reset a connection, so that undelivered data never arrives.

    Otherwise the kernel would continue to send buffered data for minutes after a close.
    No error is raised if the connection has already ended.
    """
    used = transport.get_extra_info("socket")
    # asyncio's abort alone closes the connection normally. With lingering disabled, it
    # resets the connection.
    if used is not None:  # None, for example, with TLS after the end
        with contextlib.suppress(OSError):
            used.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    transport.abort()


def unacknowledged(transport: asyncio.WriteTransport) -> int | None:
    """Return how many bytes the other end has not acknowledged; None if unknown.

    Includes bytes not sent yet. Only Linux reports it (tcp(7), SIOCOUTQ).
    """
    waiting = transport.get_write_buffer_size()
    command = _send_queue_command()
    if waiting or command is None:
        return waiting or None
    ioctl, request = command
    used = transport.get_extra_info("socket")
    if used is None:
        return None
    try:
        answer = ioctl(used.fileno(), request, bytes(_INT.size))
    except (OSError, ValueError):
        return None
    return int(_INT.unpack(answer)[0])


def send_from_file(
    transport: asyncio.WriteTransport, file: int, offset: int, count: int
) -> int | None:
    """Send bytes of a file over a connection, without reading them; do not wait.

    Return how many were sent: 0 if the socket is full, or at the end of the file.
    Return None if this is not possible: there is no such function (Windows), the
    connection has TLS, earlier data is not sent yet, or the file system does not
    support it. Raises ConnectionError if the other end has disconnected.
    """
    send = getattr(os, "sendfile", None)
    used = transport.get_extra_info("socket")
    encrypted = transport.get_extra_info("sslcontext") is not None
    if send is None or used is None or encrypted or transport.get_write_buffer_size():
        return None
    try:
        # No other task runs between asking for the descriptor and using it.
        return int(send(used.fileno(), file, offset, count))
    except BlockingIOError:
        return 0
    except OSError as exc:
        if exc.errno in _UNSENDABLE:
            return None
        raise ConnectionResetError("the other end has disconnected") from exc


def send_pieces(transport: asyncio.WriteTransport, *pieces: bytes) -> None:
    """Write pieces one after another to a connection, without joining them first.

    Joining a head and a body of 100 KB takes longer than sending them. What the socket
    does not accept at once is buffered, as by `transport.write`.
    """
    sent = _gathered(transport, pieces)
    for piece in pieces:
        if sent < len(piece):
            transport.write(memoryview(piece)[sent:] if sent else piece)
        sent = max(0, sent - len(piece))


def _gathered(transport: asyncio.WriteTransport, pieces: tuple[bytes, ...]) -> int:
    """Send what the socket accepts at once; return how many bytes that is."""
    gather = getattr(os, "writev", None)
    used = transport.get_extra_info("socket")
    encrypted = transport.get_extra_info("sslcontext") is not None
    if gather is None or used is None or encrypted or transport.get_write_buffer_size():
        return 0
    try:
        # No other task runs between asking for the descriptor and using it.
        return int(gather(used.fileno(), pieces))
    except OSError:
        return 0  # full or disconnected: asyncio deals with both


def _send_queue_command() -> tuple[Callable[..., bytes], int] | None:
    """Return `ioctl` and the request for the size of a socket's send queue.

    None on systems without it.
    """
    if not sys.platform.startswith("linux"):
        return None
    fcntl, termios = module("fcntl"), module("termios")
    if fcntl is None or termios is None:
        return None
    # TIOCOUTQ has the same number as SIOCOUTQ, which applies to sockets.
    return fcntl.ioctl, termios.TIOCOUTQ
