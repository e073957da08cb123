"""What the service manager is notified of, over a real socket."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy.service_manager import ServiceManager
from tests.service_manager import listening


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[socket.socket]:
    """Return the socket of a service manager."""
    with listening(str(tmp_path / "notify")) as socket_:
        yield socket_


def test_notifications_follow_the_protocol(
    heard: socket.socket, tmp_path: Path
) -> None:
    """sd_notify(3): one datagram each; RELOADING has the time when it began."""
    manager = ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    manager.ready("2 streams")
    manager.reloading(12.5)
    manager.stopping()
    told = [heard.recv(4096).decode() for _ in range(3)]
    assert told == [
        "READY=1\nSTATUS=2 streams",
        "RELOADING=1\nMONOTONIC_USEC=12500000",
        "STOPPING=1",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has such sockets")
def test_an_abstract_socket_is_found() -> None:
    """Systemd writes its null byte as @."""
    name = "hls-auth-proxy-of-a-test"
    with listening(f"\0{name}") as heard:
        ServiceManager.of({"NOTIFY_SOCKET": f"@{name}"}).stopping()
        assert heard.recv(4096) == b"STOPPING=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/no/such/socket"}])
def test_without_a_listener_nothing_happens(environ: dict[str, str]) -> None:
    """The program was started by hand, or its manager is gone."""
    ServiceManager.of(environ).ready("1 streams")


def test_a_manager_that_does_not_read_blocks_nobody(
    heard: socket.socket, tmp_path: Path
) -> None:
    """Its queue is full."""
    manager = ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    for _ in range(10_000):
        manager.stopping()
    assert heard.recv(4096) == b"STOPPING=1"


def test_a_system_without_such_sockets_notifies_nobody(
    heard: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows."""
    manager = ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    monkeypatch.delattr(socket, "AF_UNIX")
    manager.ready("1 streams")
    heard.settimeout(0)
    with pytest.raises(BlockingIOError):
        heard.recv(4096)
