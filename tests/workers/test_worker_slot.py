"""The slot of one worker, with a real process."""

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
from proxy.workers import worker_slot as module
from proxy.workers.message_bodies import MessageBody, packed
from proxy.workers.worker_slot import WorkerSlot
from tests.workers.channels import until

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")

PLAIN = '[streams.a]\nurl = "http://127.0.0.1:9/v"\n'


@pytest.fixture
def listening() -> "socket.socket":
    """Return a listening socket of the parent."""
    return socket.create_server(("127.0.0.1", 0))


Hello = Callable[[str], MessageBody]


@pytest.fixture
def hello(tmp_path: Path) -> Hello:
    """Return a function that makes the first message from a configuration."""

    def made(text: str) -> MessageBody:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return {"epoch": 1, "settings": packed(load(path, environ={}))}

    return made


async def refuse(slot: WorkerSlot, kind: str, body: MessageBody) -> MessageBody:
    """Answer nothing."""
    raise SourceError(f"{slot.number}: {kind} {body}")


@asynccontextmanager
async def running(
    listening: socket.socket, first: MessageBody
) -> AsyncIterator[tuple[WorkerSlot, "asyncio.Task[str]", list[str]]]:
    """Run a process in a slot while the block lasts."""
    heard: list[str] = []
    slot = WorkerSlot(
        7,
        (listening,),
        environ={"NOTIFY_SOCKET": "/nowhere", "LISTEN_FDS": "1", "A": "b"},
        answer=refuse,
        heard=lambda _, kind, __: heard.append(kind),
    )
    task = asyncio.create_task(slot.run(first))
    try:
        yield slot, task, heard
    finally:
        task.cancel()
        await asyncio.wait({task})
        listening.close()
        assert slot.process == 0


async def test_a_process_serves_and_stops(
    listening: socket.socket, hello: Hello
) -> None:
    """On the socket of the slot; its last metrics are kept."""
    async with running(listening, hello(PLAIN)) as (slot, task, heard):
        assert not slot.ready
        await until(lambda: slot.ready)
        assert (slot.epoch, slot.process > 0) == (1, True)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 OK" in await reader.readline()
        writer.close()
        slot.channel.tell("drain")
        assert await asyncio.wait_for(task, 20) == "status 0"
        assert not slot.ready
        assert heard[-1] == "numbers"
        assert any("player_requests" in name for name, *_ in slot.numbers)


async def test_the_reason_of_its_end_is_readable(
    listening: socket.socket, hello: Hello
) -> None:
    """A signal is named."""
    async with running(listening, hello(PLAIN)) as (slot, task, _):
        await until(lambda: slot.process)
        slot.kill()
        assert await asyncio.wait_for(task, 20) == "SIGKILL"


async def test_a_process_that_cannot_start_reports_why(
    listening: socket.socket, hello: Hello
) -> None:
    """With the same message as without workers."""
    key = '[streams.a.token]\nsource = "static"\nvalue = "x"\n'
    bad = hello(PLAIN + 'placement = [{ query = "t" }]\nreach = "all"\n' + key)
    async with running(listening, bad | {"settings": "AAAA"}) as (_, task, __):
        # An invalid message ends it too, with an exit status.
        assert await asyncio.wait_for(task, 30) == "status 1"


async def test_variables_of_a_supervisor_are_not_passed_on(
    listening: socket.socket, hello: Hello, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would use the parent's sockets. The rest it inherits."""
    code = (
        "import os, sys; told = {'NOTIFY_SOCKET', 'LISTEN_FDS'} & os.environ.keys(); "
        "sys.exit(len(told) + 10 * (os.environ['A'] == 'b'))"
    )
    monkeypatch.setattr(module, "_CODE", code)
    async with running(listening, hello(PLAIN)) as (_, task, __):
        assert await asyncio.wait_for(task, 30) == "status 10"


async def test_no_process_at_all_is_an_error(
    listening: socket.socket, hello: Hello, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example if the interpreter is gone."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with running(listening, hello(PLAIN)) as (_, task, __):
        with pytest.raises(StartError, match="a worker cannot be started: No such"):
            await asyncio.wait_for(task, 20)


async def test_cancelling_leaves_no_process(
    listening: socket.socket, hello: Hello
) -> None:
    """It is killed and waited for."""
    async with running(listening, hello(PLAIN)) as (slot, task, _):
        await until(lambda: slot.process)
        task.cancel()
        await asyncio.wait({task}, timeout=20)
        assert slot.process == 0
