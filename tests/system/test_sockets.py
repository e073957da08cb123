"""Sockets of kinds that not every system has."""

import os
import socket
import sys

import pytest

from proxy.system import sockets


def test_a_datagram_socket_never_waits() -> None:
    """If the system has such sockets."""
    sender = sockets.datagram_socket()
    if sender is not None:
        with sender:
            assert sender.gettimeout() == 0.0


@pytest.mark.parametrize(
    ("platform", "shares"), [("linux", True), ("darwin", False), ("freebsd14", False)]
)
def test_only_linux_spreads_connections_over_sockets(
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    shares: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Elsewhere the option of that name gives all of them to one socket."""
    monkeypatch.setattr(socket, "SO_REUSEPORT", 15, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert (sockets.balanced_port_option() == 15) is shares
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    assert sockets.balanced_port_option() is None


@pytest.mark.parametrize(("name", "hands"), [("posix", True), ("nt", False)])
def test_windows_passes_no_sockets_to_programs(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    hands: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """There they are not files."""
    monkeypatch.setattr(os, "name", name)
    assert sockets.hands_sockets() is hands
