"""What this system can do, and what stands in where it cannot."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from proxy import system
from proxy.secret_file import SecretFile
from tests.tokens.files import secret


@pytest.mark.parametrize("name", ["O_CLOEXEC", "O_NONBLOCK"])
def test_a_secret_is_read_where_a_flag_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Flags that the system does not have are left out."""
    path = secret(tmp_path / "key", b"canary\r\n")
    before = system.secret_flags()
    monkeypatch.delattr(os, name)
    assert system.secret_flags() < before
    assert SecretFile(path).read() == b"canary\r\n"


def test_without_owners_modes_say_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows shows mode 0666 for every file that can be written."""
    path = secret(tmp_path / "key", b"canary", mode=0o666)
    monkeypatch.delattr(os, "geteuid")
    assert system.user_id() is None
    assert SecretFile(path).read() == b"canary"


@pytest.mark.parametrize("groups", [True, False])
async def test_a_program_is_killed_with_and_without_process_groups(
    monkeypatch: pytest.MonkeyPatch, *, groups: bool
) -> None:
    """Killing it again, once it has ended, does nothing."""
    if not groups:
        monkeypatch.delattr(os, "killpg")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(600)", start_new_session=True
    )
    system.kill(process)
    assert await process.wait() == -9
    system.kill(process)
