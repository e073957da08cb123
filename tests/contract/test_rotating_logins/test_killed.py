"""L13: the program is killed in the middle of an exchange."""

import asyncio
import sys
from pathlib import Path

from proxy.clock import SystemClock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.logins.refresh_token import RefreshToken
from proxy.tokens.sources.oauth2 import Client, OAuth2Source
from proxy.upstream.service import ServiceClient
from tests.contract.test_rotating_logins.rotating import (
    Rotating,
    configured,
    ended,
    rotating,
)
from tests.tokens.files import secret

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


def held(folder: Path) -> set[str]:
    """Return the contents of the files in a folder."""
    return {each.read_text().strip() for each in folder.iterdir()}


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
