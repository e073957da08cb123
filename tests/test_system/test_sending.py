"""Files are sent over connections."""

import asyncio
import errno
import os
import ssl
from pathlib import Path

import pytest

from proxy import system
from tests.test_system.joined import joined


async def test_a_file_is_sent_as_far_as_the_socket_has_room(tmp_path: Path) -> None:
    """From its position, without reading it; a full socket takes nothing."""
    path = tmp_path / "file"
    path.write_bytes(b"header" + bytes(20_000_000))
    async with joined() as (end, transport):
        with path.open("rb") as file:
            assert system.send_from_file(transport, file.fileno(), 4, 4) == 4
            assert end.recv(100) == b"er\0\0"
            count = system.send_from_file(transport, file.fileno(), 6, 20_000_000)
            assert count
            assert count < 20_000_000
            while system.send_from_file(transport, file.fileno(), 6, 1_000_000):
                pass
            assert system.send_from_file(transport, file.fileno(), 6, 1) == 0
            assert file.tell() == 0


async def test_no_file_is_sent_before_older_bytes(tmp_path: Path) -> None:
    """It would overtake bytes that were written before."""
    path = tmp_path / "file"
    path.write_bytes(b"file")
    async with joined() as (_, transport):
        transport.write(bytes(50_000_000))
        with path.open("rb") as file:
            assert system.send_from_file(transport, file.fileno(), 0, 4) is None


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
            assert system.send_from_file(transport, file.fileno(), 0, 4) is None
        end.settimeout(0)
        with pytest.raises(BlockingIOError):
            end.recv(1)


async def test_no_file_is_sent_over_an_ended_connection(tmp_path: Path) -> None:
    """Every system's error means that the connection has ended."""
    path = tmp_path / "file"
    path.write_bytes(bytes(10_000_000))
    async with joined() as (end, transport):
        system.reset(transport)
        with path.open("rb") as file:
            end.close()
            await asyncio.sleep(0.01)
            with pytest.raises(ConnectionError):
                system.send_from_file(transport, file.fileno(), 0, 10_000_000)
