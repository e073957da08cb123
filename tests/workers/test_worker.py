"""One worker in this process, with a parent controlled by the test."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from proxy.clock import SystemClock
from proxy.settings import Settings, StoreSettings, load
from proxy.system import sockets
from proxy.workers import worker as module
from proxy.workers.channel import Channel
from proxy.workers.message_bodies import MessageBody, packed
from proxy.workers.worker import Worker
from tests.web.fakes import ask
from tests.workers.channels import until

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")

PLAIN = '[streams.a]\nurl = "http://127.0.0.1:9/v"\n'
MORE = PLAIN + '[streams.b]\nurl = "http://127.0.0.1:9/w"\n'


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that packs settings."""

    def packs(text: str) -> str:
        path = tmp_path / "config.toml"
        path.write_text(text)
        return packed(load(path, environ={}))

    return packs


@dataclass
class Parent:
    """A parent that records messages."""

    channel: Channel
    port: int
    _: KW_ONLY
    heard: list[tuple[str, MessageBody]]
    running: "asyncio.Task[bool]"
    levels: list[tuple[str, int]]
    answers: dict[str, MessageBody] = field(default_factory=dict)

    def kinds(self) -> list[str]:
        """Return the kinds of the messages that it got."""
        return [kind for kind, _ in self.heard]


@asynccontextmanager
async def working(settings: str, **more: object) -> AsyncIterator[Parent]:
    """Run a worker while the block lasts."""
    heard: list[tuple[str, MessageBody]] = []
    answers: dict[str, MessageBody] = {}

    async def answer(kind: str, body: MessageBody) -> MessageBody:
        del body
        return answers[kind]

    channel = Channel(answer, lambda *message: heard.append(message))
    ours, theirs = socket.socketpair()
    listening = socket.create_server(("127.0.0.1", 0))
    await channel.open(ours)
    talk = asyncio.create_task(channel.run())
    levels: list[tuple[str, int]] = []

    def changed(settings: Settings, number: int) -> None:
        levels.append((settings.log.level, number))

    rng = random.Random(0)  # noqa: S311 - a jitter, no secret
    running = asyncio.create_task(
        Worker(changed).run(theirs, environ={}, clock=SystemClock(), rng=rng)
    )
    descriptor, port = listening.detach(), 0
    with socket.socket(fileno=descriptor) as known:
        port = known.getsockname()[1]
        known.detach()
    parent = Parent(
        channel, port, heard=heard, running=running, levels=levels, answers=answers
    )
    hello = {"worker": 2, "epoch": 1, "settings": settings, "sockets": [descriptor]}
    channel.tell("hello", **hello, **more)
    try:
        yield parent
    finally:
        await channel.close()
        await asyncio.wait_for(running, 20)
        talk.cancel()
        await asyncio.wait({talk})


async def told(port: int) -> dict[str, Any]:
    """Return the state that the worker shows."""
    body = json.loads((await ask(port, "/status.json")).body)
    assert isinstance(body, dict)
    return body


async def test_it_serves_until_the_parent_ends_it(
    read: Callable[[str], str],
) -> None:
    """It reports its metrics at the end."""
    async with working(read(PLAIN)) as parent:
        await until(lambda: "ready" in parent.kinds())
        assert (await ask(parent.port, "/livez")).status == 200
        assert parent.levels == [("info", 2)]
        streams = (await parent.channel.ask("streams"))["streams"]
        assert [each["name"] for each in streams] == ["a"]
        assert (await parent.channel.ask("numbers"))["worker"] == 2
        parent.channel.tell("drain")
        assert await asyncio.wait_for(parent.running, 20)
        await until(lambda: parent.kinds()[-1] == "numbers")


async def test_pages_show_the_sums_of_the_parent(read: Callable[[str], str]) -> None:
    """Or, if there are none, those of this worker."""
    async with working(read(PLAIN)) as parent:
        await until(lambda: "ready" in parent.kinds())
        assert "workers" not in await told(parent.port)
        assert b"hls_auth_proxy_tasks" in (await ask(parent.port, "/metrics")).body
        worker = {"number": 1, "process": 5, "replaced": 0}
        parent.answers["status"] = {"streams": [], "workers": [worker]}
        parent.answers["metrics"] = {"text": "all 1.0\n"}
        state = {"loaded_at": 1.5, "last_reload": "refused", "problems": ["a: b; c"]}
        parent.channel.tell("configuration", **state, waiting_for_restart=[])
        async with asyncio.timeout(10):
            while "configuration" not in await told(parent.port):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        body = await told(parent.port)
        assert (body["streams"], body["workers"]) == ([], [worker])
        assert body["configuration"]["problems"] == ["a: b; c"]
        assert (await ask(parent.port, "/metrics")).body == b"all 1.0\n"


async def test_it_applies_another_configuration(
    read: Callable[[str], str], tmp_path: Path
) -> None:
    """Or it reports why not, and keeps the previous one."""
    signed = (
        '[streams.c]\nprovider = "fastpix"\nplayback_id = "x"\n'
        'token = { source = "sign-jwt", key_file = "key.pem", key_id = "k" }\n'
    )
    key = tmp_path / "key.pem"
    key.write_text("no key")
    key.chmod(0o600)
    async with working(read(PLAIN)) as parent:
        await until(lambda: "ready" in parent.kinds())
        log = '[log]\nlevel = "error"\n'
        body = {"epoch": 2, "settings": read(log + MORE)}
        assert await parent.channel.ask("configure", **body) == {"problems": []}
        assert [each["name"] for each in (await told(parent.port))["streams"]] == [
            "a",
            "b",
        ]
        assert parent.levels[-1] == ("error", 2)
        bad = {"epoch": 3, "settings": read(PLAIN + signed)}
        (problem,) = (await parent.channel.ask("configure", **bad))["problems"]
        assert "key" in problem
        names = [each["name"] for each in (await told(parent.port))["streams"]]
        assert names == ["a", "b"]


async def test_without_its_parent_it_ends(read: Callable[[str], str]) -> None:
    """Whether it already serves or still waits for its first message."""
    async with working(read(PLAIN)) as parent:
        await until(lambda: "ready" in parent.kinds())
        await parent.channel.close()
        assert await asyncio.wait_for(parent.running, 20)
    ours, theirs = socket.socketpair()
    ours.close()
    rng = random.Random(0)  # noqa: S311 - a jitter, no secret
    started = await asyncio.wait_for(
        Worker(lambda *_: None).run(theirs, environ={}, clock=SystemClock(), rng=rng),
        20,
    )
    assert not started


async def test_a_failed_start_is_reported(
    read: Callable[[str], str], tmp_path: Path
) -> None:
    """To the parent, which reports it to the user."""
    signed = (
        '[streams.c]\nprovider = "fastpix"\nplayback_id = "x"\n'
        'token = { source = "sign-jwt", key_file = "key.pem", key_id = "k" }\n'
    )
    (tmp_path / "key.pem").write_text("no key")
    (tmp_path / "key.pem").chmod(0o600)
    async with working(read(signed)) as parent:
        assert not await asyncio.wait_for(parent.running, 20)
        await until(lambda: "failed" in parent.kinds())
        assert "key" in parent.heard[-1][1]["reason"]


async def test_its_metrics_are_reported_regularly(
    read: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that only the last ones are lost if it is killed."""
    monkeypatch.setattr(module, "REPORT_SECONDS", 0.05)
    async with working(read(PLAIN)) as parent:
        await until(lambda: parent.kinds().count("numbers") >= 3)


@pytest.mark.parametrize("shares", [True, False])
async def test_it_shares_its_media_if_there_is_a_folder(
    read: Callable[[str], str], tmp_path: Path, *, shares: bool
) -> None:
    """Then it has its part of the memory."""
    common = str(tmp_path) if shares else None
    async with working(read(PLAIN), common=common, workers=4, since={"a": 1}) as parent:
        await until(lambda: "ready" in parent.kinds())
        store = (await parent.channel.ask("streams"))["store"]
        assert store["shared"] is shares
        whole = StoreSettings().memory_bytes
        assert store["budget_bytes"] == (whole // 4 if shares else whole)
