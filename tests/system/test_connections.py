"""Connections: what is unacknowledged, resets, and files sent over them."""

import asyncio
import contextlib
import errno
import os
import ssl
import sys
from pathlib import Path

import pytest

from proxy.system import connections
from tests.system.joined import joined


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells")
@pytest.mark.parametrize("size", [100_000, 50_000_000], ids=["kernel", "asyncio"])
async def test_unacknowledged_bytes_are_counted(size: int) -> None:
    """In the kernel's buffer and in asyncio's."""
    async with joined() as (end, transport):
        assert connections.unacknowledged(transport) == 0
        transport.write(bytes(size))
        await asyncio.sleep(0)
        assert bool(transport.get_write_buffer_size()) is (size > 1_000_000)
        waiting = connections.unacknowledged(transport)
        assert waiting
        assert waiting > 50_000
        end.settimeout(0)
        async with asyncio.timeout(10):
            while connections.unacknowledged(transport):
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
        assert connections.unacknowledged(transport) is None
        transport.write(bytes(50_000_000))
        assert connections.unacknowledged(transport)


async def test_only_linux_is_asked_for_unacknowledged_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Elsewhere the same number means something else, or nothing."""
    async with joined() as (_, transport):
        monkeypatch.setattr(sys, "platform", "darwin")
        assert connections.unacknowledged(transport) is None


async def test_nothing_is_known_about_an_ended_connection() -> None:
    """Resetting it again is not an error."""
    async with joined() as (_, transport):
        transport.abort()
        await asyncio.sleep(0.01)
        assert connections.unacknowledged(transport) is None
        connections.reset(transport)


async def test_after_a_reset_nothing_more_arrives() -> None:
    """Not even the bytes for which the other end had no room yet."""
    async with joined() as (end, transport):
        transport.write(bytes(100_000))
        connections.reset(transport)
        await asyncio.sleep(0.01)
        with pytest.raises(ConnectionResetError):
            end.sendall(b"x")


async def test_a_file_is_sent_as_far_as_the_socket_has_room(tmp_path: Path) -> None:
    """From its position, without reading it; a full socket takes nothing."""
    path = tmp_path / "file"
    path.write_bytes(b"header" + bytes(20_000_000))
    async with joined() as (end, transport):
        with path.open("rb") as file:
            assert connections.send_from_file(transport, file.fileno(), 4, 4) == 4
            assert end.recv(100) == b"er\0\0"
            count = connections.send_from_file(transport, file.fileno(), 6, 20_000_000)
            assert count
            assert count < 20_000_000
            while connections.send_from_file(transport, file.fileno(), 6, 1_000_000):
                pass
            assert connections.send_from_file(transport, file.fileno(), 6, 1) == 0
            assert file.tell() == 0


async def test_no_file_is_sent_before_older_bytes(tmp_path: Path) -> None:
    """It would overtake bytes that were written before."""
    path = tmp_path / "file"
    path.write_bytes(b"file")
    async with joined() as (_, transport):
        transport.write(bytes(50_000_000))
        with path.open("rb") as file:
            assert connections.send_from_file(transport, file.fileno(), 0, 4) is None


@pytest.mark.parametrize("missing", ["the call", "the file system", "plain text"])
async def test_if_no_file_can_be_sent_nothing_is_sent(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller reads the file, and writes it."""
    path = tmp_path / "file"
    path.write_bytes(b"file")

    def refuse(*_: int) -> int:
        raise OSError(errno.EINVAL, "not from here")

    async with joined() as (end, transport):
        if missing == "the call":
            monkeypatch.delattr(os, "sendfile", raising=False)
        elif missing == "the file system":
            monkeypatch.setattr(os, "sendfile", refuse, raising=False)
        else:
            context = ssl.create_default_context()
            tell = transport.get_extra_info
            monkeypatch.setattr(
                transport,
                "get_extra_info",
                lambda name: context if name == "sslcontext" else tell(name),
            )
        with path.open("rb") as file:
            assert connections.send_from_file(transport, file.fileno(), 0, 4) is None
        end.settimeout(0)
        with pytest.raises(BlockingIOError):
            end.recv(1)


async def test_no_file_is_sent_over_an_ended_connection(tmp_path: Path) -> None:
    """Every system's error means that the connection has ended."""
    path = tmp_path / "file"
    path.write_bytes(bytes(10_000_000))
    async with joined() as (end, transport):
        connections.reset(transport)
        with path.open("rb") as file:
            end.close()
            await asyncio.sleep(0.01)
            with pytest.raises(ConnectionError):
                connections.send_from_file(transport, file.fileno(), 0, 10_000_000)


@pytest.mark.parametrize("gathers", [True, False])
async def test_pieces_are_sent_in_order_and_what_has_no_room_is_buffered(
    monkeypatch: pytest.MonkeyPatch, *, gathers: bool
) -> None:
    """With or without the call that sends several pieces at once."""
    if not gathers:
        monkeypatch.delattr(os, "writev", raising=False)
    head, body = b"head", bytes(range(256)) * 40_000
    async with joined() as (end, transport):
        end.settimeout(5)
        connections.send_pieces(transport, head, body[:10])
        assert transport.get_write_buffer_size() == 0
        connections.send_pieces(transport, head, body)
        assert transport.get_write_buffer_size() > 0
        connections.send_pieces(transport, b"last", b"one")
        wanted, got = head + body[:10] + head + body + b"lastone", bytearray()
        while len(got) < len(wanted):
            got += await asyncio.to_thread(end.recv, 1 << 20)
        assert got == wanted


async def test_pieces_are_not_sent_over_an_ended_connection() -> None:
    """The transport then says that it closes."""
    async with joined() as (end, transport):
        connections.reset(transport)
        end.close()
        await asyncio.sleep(0.01)
        connections.send_pieces(transport, b"head", b"body")
        assert transport.is_closing()
