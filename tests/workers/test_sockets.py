"""The sockets of several workers: who gets which connection, and what is not lost."""

import itertools
import socket
from collections.abc import Iterator

import pytest

from proxy import system
from proxy.core.http.listening import Address
from proxy.errors import StartError
from proxy.web.listening import address_of
from proxy.workers.sockets import Row, shared

LOOPBACK = Address("127.0.0.1", 0)

only_where_balanced = pytest.mark.skipif(
    system.balanced_port_option() is None, reason="only Linux has it"
)


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """Return a socket that listens already."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def emptied(listening: socket.socket) -> int:
    """Accept all that waits; return how many connections that were."""
    listening.settimeout(0)
    for number in itertools.count():
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return number
    raise AssertionError


def accepted(rows: tuple[Row, ...], number: int) -> list[int]:
    """Connect so often; return how many connections came to which socket."""
    (port,) = {address_of(one).port for row in rows for one in row}
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(number)]
    counts = [emptied(row[0]) for row in rows]
    for client in clients:
        client.close()
    return counts


@only_where_balanced
def test_each_worker_has_a_socket_at_the_same_port() -> None:
    """And its share of the connections."""
    with shared([LOOPBACK], (), 3) as rows:
        assert len({one.fileno() for (one,) in rows}) == 3
        counts = accepted(rows, 90)
    assert sum(counts) == 90
    assert min(counts) > 10


@only_where_balanced
def test_what_waits_for_a_worker_that_died_is_not_lost() -> None:
    """Its socket is still open here, for the next one."""
    with shared([LOOPBACK], (), 2) as rows:
        inherited = rows[0][0].dup()
        port = address_of(inherited).port
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        inherited.close()
        waiting = sum(emptied(one) for (one,) in rows)
        for client in clients:
            client.close()
    assert waiting == 40


def test_elsewhere_all_accept_from_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS sockets at the same port would not share its connections."""
    monkeypatch.setattr(system, "balanced_port_option", lambda: None)
    with shared([LOOPBACK], (), 3) as rows:
        assert len(rows) == 3
        assert len({one.fileno() for (one,) in rows}) == 1


def test_a_handed_socket_is_for_all(taken: socket.socket) -> None:
    """Of a supervisor there is one, and it outlives us."""
    handed = taken.dup()
    with shared([address_of(taken)], (handed,), 2) as rows:
        assert rows == ((handed,), (handed,))


def test_another_program_at_the_port_is_noticed(taken: socket.socket) -> None:
    """Sockets that share a port would not mind."""
    with (
        pytest.raises(StartError, match="in use by another program"),
        shared([address_of(taken)], (), 2),
    ):
        pass


@only_where_balanced
def test_another_proxy_at_the_port_is_noticed() -> None:
    """Whose sockets share it, too."""
    with shared([LOOPBACK], (), 2) as rows:
        address = address_of(rows[0][0])
        with (
            pytest.raises(StartError, match="in use by another program"),
            shared([address], (), 2),
        ):
            pass


def test_every_address_is_listened_on_by_each() -> None:
    """In the same order; nothing stays open afterwards."""
    with shared([LOOPBACK, LOOPBACK], (), 2) as rows:
        ports = [[address_of(one).port for one in row] for row in rows]
    assert ports[0] == ports[1]
    assert ports[0][0] != ports[0][1]
    assert all(one.fileno() == -1 for row in rows for one in row)
