"""Tests of the listening sockets."""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy.core.http.listening import Address
from proxy.errors import StartError
from proxy.web.listening import address_of, bound, handed_over
from proxy.web.server import serving
from tests.web.fakes import app, ask, connected, served_at

LOOPBACK = Address("127.0.0.1", 0)


@pytest.fixture
def supervised() -> Iterator[socket.socket]:
    """Return a listening socket that outlives a server."""
    with socket.create_server((LOOPBACK.host, LOOPBACK.port)) as listening:
        yield listening


def handed(*sockets: socket.socket) -> tuple[socket.socket, ...]:
    """Hand copies of sockets over to this process, as a supervisor does."""
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(sockets))}
    return handed_over(environ, first=copied(*sockets))


def copied(*sockets: socket.socket) -> int:
    """Copy descriptors into a row of free ones; return the first."""
    first = max(int(name) for name in os.listdir("/dev/fd")) + 1  # noqa: PTH208
    for number, one in enumerate(sockets, first):
        os.dup2(one.fileno(), number)
    return first


async def test_every_address_is_listened_on() -> None:
    """Each with its own port."""
    async with served_at(app(), [LOOPBACK, LOOPBACK]) as bound:
        first, second = bound
        assert (await ask(first.port, "/livez")).status == 200
        assert (await ask(second.port, "/livez")).status == 200


async def test_ipv6_is_served_with_its_own_address() -> None:
    """If the machine has it."""
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    async with served_at(app(), [Address("::1", 0)]) as (bound,):
        reader, writer = await asyncio.open_connection("::1", bound.port)
        writer.write(f"GET /livez HTTP/1.0\r\nHost: {bound}\r\n\r\n".encode())
        assert b" 200 OK" in await reader.readline()
        writer.transport.abort()


async def test_a_port_in_use_is_named() -> None:
    """In one line; sockets that were already open are closed."""
    async with served_at(app(), [LOOPBACK]) as (taken,):
        with pytest.raises(StartError, match=rf"^{taken} is in use by another program"):
            async with served_at(app(), [LOOPBACK, taken]):
                pass


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (Address("203.0.113.1", 0), r"^cannot listen on 203\.0\.113\.1:0: \w"),
        (Address("2001:db8::1", 80), r"^cannot listen on \[2001:db8::1\]:80: \w"),
        (Address("none.invalid", 80), r"^cannot listen on none\.invalid:80: \w"),
    ],
)
async def test_a_foreign_address_is_named(address: Address, message: str) -> None:
    """Another machine's, or nobody's."""
    with pytest.raises(StartError, match=message):
        async with served_at(app(), [address]):
            pass


async def test_a_restart_on_a_handed_over_socket_refuses_nobody(
    supervised: socket.socket,
) -> None:
    """Connections between two runs wait for the second."""
    address = address_of(supervised)
    async with served_at(app(), [address], handed=handed(supervised)) as bound:
        assert bound == (address,)
        assert (await ask(address.port, "/livez")).status == 200
    async with connected(address.port) as (reader, writer):
        writer.write(
            b"GET /livez HTTP/1.0\r\nHost: localhost:%d\r\n\r\n" % address.port
        )
        async with served_at(app(), [address], handed=handed(supervised)):
            assert b" 200 OK" in await reader.readline()


async def test_a_player_that_comes_before_the_streams_are_built_waits() -> None:
    """The sockets listen from the first moment."""
    with bound([LOOPBACK]) as sockets:
        port = address_of(sockets[0]).port
        async with connected(port) as (reader, writer):
            writer.write(b"GET /livez HTTP/1.0\r\nHost: localhost:%d\r\n\r\n" % port)
            async with serving(app(), sockets):
                assert b" 200 OK" in await reader.readline()


def test_a_name_is_opened_with_all_its_addresses() -> None:
    """With one port; `localhost` has one or two addresses."""
    with bound([Address("localhost", 0)]) as sockets:
        assert len({address_of(one).port for one in sockets}) == 1


async def test_an_address_without_a_socket_is_opened(supervised: socket.socket) -> None:
    """Beside one that was handed over."""
    address = address_of(supervised)
    places = [LOOPBACK, address]
    async with served_at(app(), places, handed=handed(supervised)) as bound:
        assert bound[1] == address
        assert (await ask(bound[0].port, "/livez")).status == 200


async def test_a_socket_for_another_address_is_refused(
    supervised: socket.socket,
) -> None:
    """The checks of an address do not apply to other addresses."""
    (ours,) = handed(supervised)
    message = (
        rf"^LISTEN_FDS: a socket at {address_of(ours)}; expected .*127\.0\.0\.1:0$"
    )
    with ours, pytest.raises(StartError, match=message):
        async with served_at(app(), [LOOPBACK], handed=[ours]):
            pass


@pytest.mark.parametrize(
    "environ",
    [{}, {"LISTEN_FDS": "1"}, {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getppid())}],
)
def test_sockets_for_another_process_are_left_alone(environ: dict[str, str]) -> None:
    """A shell that was started with sockets leaves its variables behind."""
    assert handed_over(environ) == ()


@pytest.mark.parametrize("count", ["", "one"])
def test_the_number_of_sockets_must_be_a_number(count: str) -> None:
    """Otherwise it is unclear what was handed over."""
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": count}
    with pytest.raises(StartError, match=r"^LISTEN_FDS: is not a number; expected"):
        handed_over(environ)


def test_a_socket_that_does_not_listen_is_refused(
    supervised: socket.socket, tmp_path: Path
) -> None:
    """A connection (Accept=yes), a datagram socket, a Unix socket."""
    if sys.platform == "win32":
        pytest.skip("not on this system")
    with (
        socket.create_connection(supervised.getsockname()) as connection,
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX) as local,
    ):
        local.bind(str(tmp_path / "socket"))
        local.listen()
        for wrong in (connection, datagrams, local):
            with pytest.raises(StartError, match="is not a listening TCP socket"):
                handed(wrong)


def test_a_descriptor_that_is_not_a_socket_is_refused() -> None:
    """A file, or nothing at all."""
    environ = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
    with pytest.raises(
        StartError, match=r"^LISTEN_FDS: file descriptor \d+: Bad file descriptor;"
    ):
        handed_over(environ, first=copied())
    with open(os.devnull) as file, pytest.raises(StartError, match="ocket"):  # noqa: PTH123
        handed_over(environ, first=file.fileno())
