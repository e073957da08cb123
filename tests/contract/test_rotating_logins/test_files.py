"""L13: logins in mounted files, and one that two programs share."""

import asyncio
import shutil
import sys
from pathlib import Path

import pytest

from tests.contract.test_rotating_logins.rotating import (
    configured,
    ended,
    ended_program,
    rotating,
)
from tests.tokens.files import secret


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
