"""The socket of a service manager like systemd."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

HEARD_SECONDS = 20.0


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    """Listen at a path or an abstract name; skip the test if neither exists."""
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        pytest.skip("no sockets by path here")
    with socket.socket(family, socket.SOCK_DGRAM) as heard:
        heard.bind(address)
        heard.settimeout(HEARD_SECONDS)
        yield heard


def lines(heard: socket.socket, number: int) -> list[list[str]]:
    """Return the next messages, each as a list of lines."""
    return [heard.recv(4096).decode().split("\n") for _ in range(number)]
