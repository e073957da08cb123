"""Sockets that notice a dead line, as far as the system allows."""

import socket
import sys

import pytest

from proxy.upstream.sockets import AddressInfo, lively_socket

INFO: AddressInfo = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))


@pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux alone has it"
)
def test_unacknowledged_data_ends_the_connection() -> None:
    """After seconds; the default is a quarter of an hour."""
    if sys.platform != "linux":
        return
    with lively_socket(INFO) as made:
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 3000
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


def test_a_system_without_the_options_has_sockets_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The options are optional."""
    for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPCNT"):
        monkeypatch.delattr(socket, name, raising=False)
    with lively_socket(INFO) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
