"""The sockets of several workers: no connection is lost."""

import itertools
import socket
from collections.abc import Iterator

import pytest

from proxy.core.http.listening import Address
from proxy.errors import StartError
from proxy.system import sockets
from proxy.web.listening import address_of
from proxy.workers.sockets import Row, shared

LOOPBACK = Address("127.0.0.1", 0)

only_where_balanced = pytest.mark.skipif(
    sockets.balanced_port_option() is None, reason="only Linux has it"
)


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """Return a listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def emptied(listening: socket.socket) -> int:
    """Accept all waiting connections; return how many there were."""
    listening.settimeout(0)
    for number in itertools.count():
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return number
    raise AssertionError


def accepted(rows: tuple[Row, ...], number: int) -> list[int]:
    """Connect this often; return how many connections each socket got."""
    (port,) = {address_of(one).port for row in rows for one in row}
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(number)]
    counts = [emptied(row[0]) for row in rows]
    for client in clients:
        client.close()
    return counts


@only_where_balanced
def test_each_worker_has_a_socket_on_the_same_port() -> None:
    """Each gets its share of the connections."""
    with shared([LOOPBACK], (), 3) as rows:
        assert len({one.fileno() for (one,) in rows}) == 3
        counts = accepted(rows, 90)
    assert sum(counts) == 90
    assert min(counts) > 10


@only_where_balanced
def test_connections_to_a_dead_worker_are_not_lost() -> None:
    """Its socket stays open in the parent, for the next worker."""
    with shared([LOOPBACK], (), 2) as rows:
        inherited = rows[0][0].dup()
        port = address_of(inherited).port
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        inherited.close()
        waiting = sum(emptied(one) for (one,) in rows)
        for client in clients:
            client.close()
    assert waiting == 40


def test_on_other_systems_all_accept_from_one_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On macOS, sockets on the same port do not share connections."""
    monkeypatch.setattr(sockets, "balanced_port_option", lambda: None)
    with shared([LOOPBACK], (), 3) as rows:
        assert len(rows) == 3
        assert len({one.fileno() for (one,) in rows}) == 1


def test_a_socket_from_a_supervisor_is_shared(taken: socket.socket) -> None:
    """There is only one, and it stays open after our end."""
    handed = taken.dup()
    with shared([address_of(taken)], (handed,), 2) as rows:
        assert rows == ((handed,), (handed,))


def test_another_program_on_the_port_is_noticed(taken: socket.socket) -> None:
    """Sockets that share a port would not notice."""
    with (
        pytest.raises(StartError, match="in use by another program"),
        shared([address_of(taken)], (), 2),
    ):
        pass


@only_where_balanced
def test_another_proxy_on_the_port_is_noticed() -> None:
    """Although its sockets share it too."""
    with shared([LOOPBACK], (), 2) as rows:
        address = address_of(rows[0][0])
        with (
            pytest.raises(StartError, match="in use by another program"),
            shared([address], (), 2),
        ):
            pass


def test_every_worker_listens_on_every_address() -> None:
    """In the same order; nothing stays open afterwards."""
    with shared([LOOPBACK, LOOPBACK], (), 2) as rows:
        ports = [[address_of(one).port for one in row] for row in rows]
    assert ports[0] == ports[1]
    assert ports[0][0] != ports[0][1]
    assert all(one.fileno() == -1 for row in rows for one in row)
