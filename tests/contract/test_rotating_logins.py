"""A login that rotates survives any end of the program (reliability, L13).

The service is a real one on loopback, and the program runs in its own process. Each
refresh token can be used once, so the login is lost if the next one is not stored.
"""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from proxy.clock import SystemClock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.logins.refresh_token import RefreshToken
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from proxy.upstream.service import ServiceClient
from tests.tokens.files import secret

CONFIG = """
[server]
listen = "127.0.0.1:0"
[streams.lobby]
url = "http://127.0.0.1:9/v.m3u8"
placement = [{{ query = "token" }}]
binding = "{binding}"
[streams.lobby.token]
source = "oauth2"
token_url = "{url}"
client_id = "me"
grant = "refresh_token"
refresh_token_file = "{login}"
"""

PROGRAM = f"{sys.executable} -m proxy"

# Kills itself right before the step with this number. Steps are Python's audit events
# that concern the folder of the login, or the service.
KILLED = """
import os, signal, sys
folder, last = sys.argv[1], int(sys.argv[2])
steps = 0
def hook(event, args):
    global steps
    if event in {"open", "os.rename", "os.remove", "os.truncate"}:
        if isinstance(args[0], int) or not os.fsdecode(args[0]).startswith(folder):
            return
    elif event != "socket.connect":
        return
    steps += 1
    if steps == last:
        os.kill(os.getpid(), signal.SIGKILL)
from proxy.cli import main
sys.addaudithook(hook)
main(["token", "lobby", "--config", sys.argv[3]])
"""


@dataclass
class Rotating:
    """A token endpoint. Its refresh tokens are r1, r2 and so on."""

    good: int = 1
    url: str = ""
    hold: bool = False
    sent: list[str] = field(default_factory=list)
    used: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a token has been used up."""
    answer: asyncio.Event = field(default_factory=asyncio.Event)
    """What it waits for before it answers, where it holds."""

    async def handle(self, request: web.Request) -> web.Response:
        """Accept a refresh token once, and answer with the next one."""
        form = await request.post()
        self.sent.append(str(form["refresh_token"]))
        if form["refresh_token"] != f"r{self.good}":
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.good += 1
        self.used.set()
        if self.hold:
            await self.answer.wait()
        return web.json_response(
            {
                "access_token": f"a{self.good}",
                "expires_in": 3600,
                "refresh_token": f"r{self.good}",
            }
        )


@asynccontextmanager
async def rotating() -> AsyncIterator[Rotating]:
    """Run the endpoint while the block lasts."""
    service = Rotating()
    app = web.Application()
    app.router.add_post("/", service.handle)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    service.url = str(server.make_url("/"))
    try:
        yield service
    finally:
        service.answer.set()
        await server.close()


def configured(
    folder: Path, service: Rotating, *, binding: str = "stream"
) -> tuple[Path, Path]:
    """Write the login and the configuration; return their paths."""
    inner = folder / "login"
    inner.mkdir()
    login = secret(inner / "refresh", f"r{service.good}\n".encode())
    config = folder / "config.toml"
    text = CONFIG.format(binding=binding, url=service.url, login=login)
    config.write_text(text)
    return login, config


def held(folder: Path) -> set[str]:
    """Return the contents of the files in a folder."""
    return {each.read_text().strip() for each in folder.iterdir()}


async def ended(*command: str) -> tuple[int, str]:
    """Run Python; return its exit code and output."""
    return await ended_program(sys.executable, *command)


async def ended_program(*command: str) -> tuple[int, str]:
    """Run a program; return its exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def logged_in(login: Path, service: Rotating) -> Token:
    """Get a token as after a restart."""
    way = ServiceClient(clock=SystemClock(), user_agent="test")
    try:
        held = RefreshToken(SecretFile(login), SystemClock())
        source = OAuth2Source(
            service.url, Client("me"), service=way, refresh_token=held
        )
        return await source.fetch()
    finally:
        await way.close()


async def test_after_a_kill_at_any_step_the_login_is_kept_or_reported_lost(
    tmp_path: Path,
) -> None:
    """It is lost only between the answer and the write, and that is reported."""
    lost = list[int]()
    for step in range(1, 60):
        folder = tmp_path / str(step)
        folder.mkdir()
        async with rotating() as service:
            login, config = configured(folder, service)
            code, said = await ended(
                "-c", KILLED, str(login.parent), str(step), str(config)
            )
            if code == 0:
                break
            assert code == -9, said
            was_down = f"r{service.good}" in held(login.parent)
            try:
                await logged_in(login, service)
            except SourceError as exc:
                lost.append(step)
                assert not was_down, "the next token was on the disk"
                said = str(exc)
                assert f"log in anew and put the new refresh token in {login}" in said
                secret(login, f"r{service.good}".encode())
                await logged_in(login, service)
            assert login.read_text() == f"r{service.good}"
            assert [each.name for each in login.parent.iterdir()] == ["refresh"]
    assert step > 8
    assert lost == list(range(lost[0], lost[-1] + 1))
    assert 0 < len(lost) < step / 2


async def test_after_a_kill_before_the_answer_the_restart_reports_it(
    tmp_path: Path,
) -> None:
    """The next token is unknown, so the operator is told what to do."""
    async with rotating() as service:
        service.hold = True
        login, config = configured(tmp_path, service)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxy", "run", "--config", str(config)
        )
        await asyncio.wait_for(service.used.wait(), 20)
        process.kill()
        await process.wait()
        service.answer.set()
        code, said = await ended("-m", "proxy", "token", "lobby", "-c", str(config))
        assert code == 1
        assert "invalid_grant" in said
        assert f"log in anew and put the new refresh token in {login}" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_stop_waits_for_the_answer(tmp_path: Path, number: int) -> None:
    """The answer comes after the signal, and the next token is stored."""
    async with rotating() as service:
        service.hold = True
        login, config = configured(tmp_path, service)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxy", "run", "--config", str(config)
        )
        await asyncio.wait_for(service.used.wait(), 20)
        process.send_signal(number)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.wait(), 0.5)
        service.answer.set()
        assert await asyncio.wait_for(process.wait(), 20) == 0
        assert login.read_text() == "r2"
        assert [each.name for each in login.parent.iterdir()] == ["refresh"]


@pytest.mark.parametrize("command", ["run", "token lobby", "check"])
async def test_a_second_signal_waits_for_the_answer_too(
    tmp_path: Path, command: str
) -> None:
    """However many signals come: the answer is short, and a lost login is bad."""
    async with rotating() as service:
        service.hold = True
        login, config = configured(tmp_path, service)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxy", *command.split(), "--config", str(config)
        )
        await asyncio.wait_for(service.used.wait(), 20)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.3)
        service.answer.set()
        assert await asyncio.wait_for(process.wait(), 20) == 130
        assert login.read_text() == "r2"
        assert [each.name for each in login.parent.iterdir()] == ["refresh"]


async def test_an_answer_that_comes_too_late_is_reported(tmp_path: Path) -> None:
    """The grace time is over; a note stays for the next start."""
    async with rotating() as service:
        service.hold = True
        login, config = configured(tmp_path, service)
        config.write_text(
            config.read_text().replace("[server]", "[server]\nshutdown_seconds = 1")
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "proxy", "token", "lobby", "-c", str(config)),
            stderr=asyncio.subprocess.PIPE,
        )
        await asyncio.wait_for(service.used.wait(), 20)
        process.terminate()
        _, said = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 130
        assert "login may be lost" in said.decode()
        assert str(login) in said.decode()
        names = {each.name for each in login.parent.iterdir()}
        assert names == {"refresh", ".refresh.sent"}


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no mounts of its own")
async def test_a_file_that_is_a_mount_is_written_in_place(
    tmp_path: Path,
) -> None:
    """As in Docker: a rename onto it is refused because it is busy."""
    async with rotating() as service:
        login, config = configured(tmp_path, service)
        outside = secret(tmp_path / "outside", b"r1" + b"\n" * 100)
        script = f"mount --bind {outside} {login} || exit 77; exec {sys.executable} $0"
        script = script.replace("$0", f"-m proxy token lobby -c {config}")
        process = await asyncio.create_subprocess_exec(
            "unshare", "-m", "sh", "-c", script
        )
        if (code := await process.wait()) in {1, 77} and service.good == 1:
            pytest.skip("may not mount")
        assert code == 0
        assert outside.read_text() == "r2"
        assert login.read_text() == "r1\n"
        assert [each.name for each in login.parent.iterdir()] == ["refresh"]


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no mounts of its own")
@pytest.mark.parametrize("alone", [True, False], ids=["the file", "its folder"])
@pytest.mark.parametrize("command", ["run", "check", "token lobby"])
async def test_a_login_on_a_read_only_mount_is_not_used_up(
    tmp_path: Path, command: str, *, alone: bool
) -> None:
    """It is refused at the start, unless the service is known not to rotate."""
    async with rotating() as service:
        login, config = configured(tmp_path, service)
        place = login if alone else login.parent
        script = (
            f"mount --bind {place} {place} && mount -o remount,ro,bind {place}"
            f" || exit 77; exec {sys.executable} -m proxy {command} -c {config}"
        )
        code, said = await ended_program("unshare", "-m", "sh", "-c", script)
        if code == 77 or "unshare" in said:
            pytest.skip("may not mount")
        assert code == 2
        assert f"{login} cannot be written: Read-only file system" in said
        assert "rotates = false" in said
        assert (service.good, login.read_text()) == (1, "r1\n")
        assert [each.name for each in login.parent.iterdir()] == ["refresh"]
        if command == "token lobby":
            config.write_text(config.read_text() + "rotates = false\n")
            code, said = await ended_program("unshare", "-m", "sh", "-c", script)
            assert code == 1
            assert "a new refresh token is not stored" in said
            assert "expected rotates = true" in said
            assert service.good == 2


async def test_two_programs_use_each_token_once(tmp_path: Path) -> None:
    """`token` beside a proxy in the middle of an exchange waits, and uses the newer."""
    async with rotating() as service:
        service.hold = True
        login, config = configured(tmp_path, service)
        run = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "proxy", "run", "--config", str(config)
        )
        await asyncio.wait_for(service.used.wait(), 20)
        command = ("-m", "proxy", "token", "lobby", "-c", str(config))
        beside = [asyncio.create_task(ended(*command)) for _ in range(2)]
        await asyncio.sleep(2)
        assert service.sent == ["r1"]
        service.answer.set()
        for code, said in await asyncio.gather(*beside):
            assert code == 0, said
        run.terminate()
        await asyncio.wait_for(run.wait(), 20)
        assert len(set(service.sent)) == len(service.sent)
        assert len(service.sent) >= 3
        assert login.read_text() == f"r{service.good}"
        assert [each.name for each in login.parent.iterdir()] == ["refresh"]
