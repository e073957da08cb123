"""The parent in this process, with real worker processes."""

import asyncio
import json
import os
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from proxy.app.locations import Running
from proxy.clock import SystemClock
from proxy.errors import StartError
from proxy.settings import Settings, load
from proxy.system import sockets
from proxy.workers import worker_slot
from proxy.workers.parent import presiding
from tests.service_manager import lines, listening
from tests.web.fakes import ask
from tests.workers.channels import until

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")

SERVER = '[server]\nlisten = "127.0.0.1:0"\nworkers = 2\nreload_on_change = false\n'
PLAIN = SERVER + '[streams.a]\nurl = "http://127.0.0.1:9/v"\n'
MORE = PLAIN + '[streams.b]\nurl = "http://127.0.0.1:9/w"\n'

Preside = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the path of the configuration."""
    path = tmp_path / "config.toml"
    path.write_text(PLAIN)
    return path


@pytest.fixture
def changes() -> list[Settings]:
    """Return the settings that took effect."""
    return []


@pytest.fixture
def preside(config: Path, changes: list[Settings]) -> Preside:
    """Return a function that runs a parent and two workers."""

    def made(**environ: str) -> AbstractAsyncContextManager[Running]:
        return presiding(
            load(config, environ={}),
            2,
            environ={**os.environ, **environ},
            clock=SystemClock(),
            rng=random.Random(0),  # noqa: S311 - a jitter, no secret
            config=config,
            changed=changes.append,
        )

    return made


def put(config: Path, text: str) -> None:
    """Write the configuration."""
    config.write_text(text)


async def told(running: Running) -> dict[str, Any]:
    """Return the state from one of the workers."""
    body = json.loads((await ask(running.addresses[0].port, "/status.json")).body)
    assert isinstance(body, dict)
    return body


async def test_only_the_parent_notifies_the_service_manager(
    preside: Preside, config: Path, tmp_path: Path, changes: list[Settings]
) -> None:
    """Ready, reloading, ready, stopping, once each; all workers follow."""
    address = str(tmp_path / "notify")
    with listening(address) as manager:
        async with preside(NOTIFY_SOCKET=address) as running:
            heard = await asyncio.to_thread(lines, manager, 1)
            assert running.names == ("a",)
            put(config, MORE)
            running.reload()
            heard += await asyncio.to_thread(lines, manager, 2)
            for _ in range(8):
                body = await told(running)
                assert [each["name"] for each in body["streams"]] == ["a", "b"]
                assert body["configuration"]["last_reload"] == "applied"
            assert [list(each.streams) for each in changes] == [["a", "b"]]
            put(config, MORE.replace("workers = 2", "workers = 3"))
            running.reload()
            heard += await asyncio.to_thread(lines, manager, 2)
            waiting = (await told(running))["configuration"]["waiting_for_restart"]
            assert waiting == ["server.workers"]
        heard += await asyncio.to_thread(lines, manager, 1)
        manager.setblocking(False)  # noqa: FBT003 - its only form
        with pytest.raises(BlockingIOError):
            manager.recv(100)
    words = ["READY=1", "RELOADING=1", "READY=1", "RELOADING=1", "READY=1"]
    assert [each[0] for each in heard] == [*words, "STOPPING=1"]


async def test_workers_that_cannot_run_are_reported(
    preside: Preside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line; the port is free afterwards."""
    monkeypatch.setattr(worker_slot, "_CODE", "raise SystemExit(3)")
    with pytest.raises(StartError, match="ended at the start: status 3"):
        async with preside():
            pass


async def test_workers_that_die_later_end_the_program(
    preside: Preside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is raised at the end."""
    async with preside() as running:
        monkeypatch.setattr(worker_slot, "_CODE", "raise SystemExit(3)")
        monkeypatch.setattr("proxy.workers.restarts.LEAST_WAIT_SECONDS", 0.01)
        monkeypatch.setattr("proxy.workers.restarts.MOST_WAIT_SECONDS", 0.01)
        workers = (await told(running))["workers"]
        os.kill(workers[0]["process"], 9)
        (failed,) = running.failures
        await until(failed.done)
        with pytest.raises(StartError, match=r"worker 1 died \d times in a row"):
            failed.result()
