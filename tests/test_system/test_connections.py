"""Which bytes of a connection are unacknowledged, and other sockets."""

import asyncio
import contextlib
import os
import socket
import sys

import pytest

from proxy import system
from tests.test_system.joined import joined


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")
@pytest.mark.parametrize("size", [100_000, 50_000_000], ids=["kernel", "asyncio"])
async def test_unacknowledged_bytes_are_counted(size: int) -> None:
    """In the kernel's buffer and in asyncio's."""
    async with joined() as (end, transport):
        assert system.unacknowledged(transport) == 0
        transport.write(bytes(size))
        await asyncio.sleep(0)
        assert bool(transport.get_write_buffer_size()) is (size > 1_000_000)
        waiting = system.unacknowledged(transport)
        assert waiting
        assert waiting > 50_000
        end.settimeout(0)
        async with asyncio.timeout(10):
            while system.unacknowledged(transport):
                with contextlib.suppress(BlockingIOError):
                    end.recv(1_000_000)
                await asyncio.sleep(0)


@pytest.mark.parametrize("missing", ["fcntl", "termios"])
async def test_other_systems_do_not_know_unacknowledged_bytes(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But unsent bytes are certainly unacknowledged."""
    async with joined() as (_, transport):
        monkeypatch.setitem(sys.modules, missing, None)
        assert system.unacknowledged(transport) is None
        transport.write(bytes(50_000_000))
        assert system.unacknowledged(transport)


async def test_only_linux_is_asked_for_unacknowledged_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Elsewhere the same number means something else, or nothing."""
    async with joined() as (_, transport):
        monkeypatch.setattr(sys, "platform", "darwin")
        assert system.unacknowledged(transport) is None


async def test_nothing_is_known_about_an_ended_connection() -> None:
    """Resetting it again is not an error."""
    async with joined() as (_, transport):
        transport.abort()
        await asyncio.sleep(0.01)
        assert system.unacknowledged(transport) is None
        system.reset(transport)


async def test_after_a_reset_nothing_more_arrives() -> None:
    """Not even the bytes for which the other end had no room yet."""
    async with joined() as (end, transport):
        transport.write(bytes(100_000))
        system.reset(transport)
        await asyncio.sleep(0.01)
        with pytest.raises(ConnectionResetError):
            end.sendall(b"x")


def test_a_datagram_socket_never_waits() -> None:
    """If the system has such sockets."""
    sender = system.datagram_socket()
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
    assert (system.balanced_port_option() == 15) is shares
    monkeypatch.delattr(socket, "SO_REUSEPORT")
    assert system.balanced_port_option() is None


@pytest.mark.parametrize(("name", "hands"), [("posix", True), ("nt", False)])
def test_windows_passes_no_sockets_to_programs(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    hands: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """There they are not files."""
    monkeypatch.setattr(os, "name", name)
    assert system.hands_sockets() is hands
