"""The lock on a refresh token's file."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.system import files
from proxy.tokens.logins.login_lock import WAIT_SECONDS, LoginLock
from tests.fake_clock import FakeClock
from tests.tokens.files import secret


@pytest.fixture
def file(tmp_path: Path) -> SecretFile:
    """Return a file with a login."""
    return SecretFile(secret(tmp_path / "login", b"r1"))


async def test_only_one_holds_it_at_a_time(file: SecretFile, clock: FakeClock) -> None:
    """Nothing is left of it, and no deleted lock file is locked."""
    holders, most, done = 0, 0, 0

    async def hold() -> None:
        nonlocal holders, most, done
        async with LoginLock(file, clock).held():
            holders += 1
            most = max(most, holders)
            await clock.sleep(1)
            holders -= 1
            done += 1

    tasks = [asyncio.create_task(hold()) for _ in range(5)]
    for _ in range(120):
        await clock.advance(0.1)
    await asyncio.wait(tasks)
    assert (most, done) == (1, 5)
    assert [each.name for each in file.path.parent.iterdir()] == ["login"]


async def test_a_holder_that_never_releases_it_is_named(
    file: SecretFile, clock: FakeClock
) -> None:
    """Nothing is sent meanwhile."""
    async with LoginLock(file, clock).held():
        waiting = asyncio.create_task(LoginLock(file, clock).held().__aenter__())
        for _ in range(int(WAIT_SECONDS) + 1):
            await clock.advance(1)
        with pytest.raises(SourceError, match=r"another process.*\.login\.lock"):
            await waiting


async def test_a_killed_process_no_longer_holds_it(
    file: SecretFile, clock: FakeClock
) -> None:
    """Its lock file is reused and removed."""
    lock = LoginLock(file, clock)
    script = (
        "import os, signal; from proxy.system import files; "
        f"files.try_lock(os.open({str(lock.path)!r}, os.O_RDWR | os.O_CREAT)); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    assert await process.wait() == -9
    assert lock.path.exists()
    async with lock.held():
        pass
    assert not lock.path.exists()


async def test_without_a_lock_file_the_file_itself_is_locked(
    file: SecretFile, clock: FakeClock
) -> None:
    """As in a read-only folder; here a folder has the name of the lock file."""
    lock = LoginLock(file, clock)
    lock.path.mkdir()
    async with lock.held():
        descriptor = os.open(file.path, os.O_RDONLY)
        assert not files.try_lock(descriptor)
        os.close(descriptor)
    assert file.path.exists()


async def test_without_any_file_nothing_is_locked(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Reading the file then fails."""
    async with LoginLock(SecretFile(tmp_path / "gone" / "login"), clock).held():
        pass
