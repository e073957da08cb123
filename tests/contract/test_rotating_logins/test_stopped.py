"""L13: the program is stopped in the middle of an exchange."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.contract.test_rotating_logins.rotating import configured, rotating


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
