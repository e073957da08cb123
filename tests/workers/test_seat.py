"""The seat of one worker, with a real process."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from proxy.errors import SourceError, StartError
from proxy.settings import load
from proxy.system import sockets
from proxy.workers import seat as module
from proxy.workers.bodies import Body, packed
from proxy.workers.seat import Seat
from tests.workers.channels import until

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")

PLAIN = '[streams.a]\nurl = "http://127.0.0.1:9/v"\n'


@pytest.fixture
def listening() -> "socket.socket":
    """Return a listening socket of the parent."""
    return socket.create_server(("127.0.0.1", 0))


Hello = Callable[[str], Body]


@pytest.fixture
def hello(tmp_path: Path) -> Hello:
    """Return a function that makes the first message from a configuration."""

    def made(text: str) -> Body:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return {"epoch": 1, "settings": packed(load(path, environ={}))}

    return made


async def refuse(seat: Seat, kind: str, body: Body) -> Body:
    """Answer nothing."""
    raise SourceError(f"{seat.number}: {kind} {body}")


@asynccontextmanager
async def seated(
    listening: socket.socket, first: Body
) -> AsyncIterator[tuple[Seat, "asyncio.Task[str]", list[str]]]:
    """Run a process in a seat while the block lasts."""
    heard: list[str] = []
    seat = Seat(
        7,
        (listening,),
        environ={"NOTIFY_SOCKET": "/nowhere", "LISTEN_FDS": "1", "A": "b"},
        answer=refuse,
        heard=lambda _, kind, __: heard.append(kind),
    )
    sitting = asyncio.create_task(seat.sit(first))
    try:
        yield seat, sitting, heard
    finally:
        sitting.cancel()
        await asyncio.wait({sitting})
        listening.close()
        assert seat.process == 0


async def test_a_process_serves_and_stops(
    listening: socket.socket, hello: Hello
) -> None:
    """On the socket of the seat; its last metrics are kept."""
    async with seated(listening, hello(PLAIN)) as (seat, sitting, heard):
        assert not seat.ready
        await until(lambda: seat.ready)
        assert (seat.epoch, seat.process > 0) == (1, True)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 OK" in await reader.readline()
        writer.close()
        seat.channel.tell("drain")
        assert await asyncio.wait_for(sitting, 20) == "status 0"
        assert not seat.ready
        assert heard[-1] == "numbers"
        assert any("player_requests" in name for name, *_ in seat.numbers)


async def test_the_reason_of_its_end_is_readable(
    listening: socket.socket, hello: Hello
) -> None:
    """A signal is named."""
    async with seated(listening, hello(PLAIN)) as (seat, sitting, _):
        await until(lambda: seat.process)
        seat.kill()
        assert await asyncio.wait_for(sitting, 20) == "SIGKILL"


async def test_a_process_that_cannot_start_reports_why(
    listening: socket.socket, hello: Hello
) -> None:
    """With the same message as without workers."""
    key = '[streams.a.token]\nsource = "static"\nvalue = "x"\n'
    bad = hello(PLAIN + 'placement = [{ query = "t" }]\nreach = "all"\n' + key)
    async with seated(listening, bad | {"settings": "AAAA"}) as (_, sitting, __):
        # An invalid message ends it too, with an exit status.
        assert await asyncio.wait_for(sitting, 30) == "status 1"


async def test_variables_of_a_supervisor_are_not_passed_on(
    listening: socket.socket, hello: Hello, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would use the parent's sockets. The rest it inherits."""
    code = (
        "import os, sys; told = {'NOTIFY_SOCKET', 'LISTEN_FDS'} & os.environ.keys(); "
        "sys.exit(len(told) + 10 * (os.environ['A'] == 'b'))"
    )
    monkeypatch.setattr(module, "_CODE", code)
    async with seated(listening, hello(PLAIN)) as (_, sitting, __):
        assert await asyncio.wait_for(sitting, 30) == "status 10"


async def test_no_process_at_all_is_an_error(
    listening: socket.socket, hello: Hello, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example if the interpreter is gone."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with seated(listening, hello(PLAIN)) as (_, sitting, __):
        with pytest.raises(StartError, match="a worker cannot be started: No such"):
            await asyncio.wait_for(sitting, 20)


async def test_cancelling_leaves_no_process(
    listening: socket.socket, hello: Hello
) -> None:
    """It is killed and waited for."""
    async with seated(listening, hello(PLAIN)) as (seat, sitting, _):
        await until(lambda: seat.process)
        sitting.cancel()
        await asyncio.wait({sitting}, timeout=20)
        assert seat.process == 0
