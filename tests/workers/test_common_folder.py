"""The folder for what workers have in common."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proxy.system import files, processes, sockets
from proxy.workers.common_folder import common_folder

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")

# A process that makes the folder, and says where it is.
_MAKE = """
import sys
from pathlib import Path
from proxy.system import files
from proxy.workers.common_folder import common_folder
files.memory_folder = lambda: Path(sys.argv[1])
with common_folder(1, 2) as folder:
    (folder.of(1) / "media").write_bytes(b"old")
    print(folder.path, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Take a folder of the test for the one in memory."""
    monkeypatch.setattr(files, "memory_folder", lambda: tmp_path)
    return tmp_path


def test_it_exists_only_while_the_block_lasts(base: Path) -> None:
    """Private to this user, with a folder for each worker."""
    with common_folder(1000, 3) as folder:
        assert folder is not None
        assert list(base.iterdir()) == [folder.path]
        assert folder.runs.is_dir()
        assert folder.turns.is_dir()
        assert folder.of(2).is_dir()
        assert folder.others(2) == [folder.of(1), folder.of(3)]
        for path in (folder.path, folder.runs, folder.of(1)):
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        (folder.of(1) / "media").write_bytes(b"media")
    assert list(base.iterdir()) == []


def test_what_a_worker_kept_is_dropped_after_its_end() -> None:
    """Its place can be taken by the next one."""
    with common_folder(1000, 2) as folder:
        assert folder is not None
        for worker in (1, 2):
            (folder.of(worker) / "media").write_bytes(b"media")
        folder.clear(1)
        assert list(folder.of(1).iterdir()) == []
        assert len(list(folder.of(2).iterdir())) == 1


def test_two_parents_have_two_folders(base: Path) -> None:
    """Neither removes that of the other."""
    with common_folder(1, 2) as one, common_folder(1, 2) as other:
        assert one is not None
        assert other is not None
        assert {one.path, other.path} == set(base.iterdir())


def test_the_folder_of_a_killed_parent_is_removed(base: Path) -> None:
    """That of one that still runs is not."""
    parents = [
        subprocess.Popen(
            [sys.executable, "-c", _MAKE, str(base)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        outputs = [parent.stdout for parent in parents]
        killed, running = (Path(out.readline().strip()) for out in outputs if out)
        assert (killed / "1" / "media").exists()
        parents[0].kill()
        parents[0].wait()
        with common_folder(1, 2) as folder:
            assert folder is not None
            assert set(base.iterdir()) == {running, folder.path}
    finally:
        for parent in parents:
            parent.kill()
            parent.communicate()


def test_a_folder_that_is_being_made_is_left_alone(base: Path) -> None:
    """It has no lock yet; if it is old, its parent was killed meanwhile."""
    made = base / "hls-auth-proxy-new"
    made.mkdir()
    with common_folder(1, 2):
        assert made.exists()
    past = time.time() - 100
    os.utime(made, (past, past))
    with common_folder(1, 2):
        assert not made.exists()


def test_what_is_not_ours_is_left_alone(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user may have made a folder with such a name, or a link."""
    made = base / "hls-auth-proxy-other"
    made.mkdir()
    os.utime(made, (0, 0))
    ours = processes.user_id()
    assert ours is not None
    monkeypatch.setattr(processes, "user_id", lambda: ours + 1)
    with common_folder(1, 2):
        assert made.exists()


def test_without_a_folder_in_memory_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on macOS."""
    monkeypatch.setattr(files, "memory_folder", lambda: None)
    with common_folder(1, 2) as folder:
        assert folder is None


def test_with_too_little_room_there_is_none(
    base: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Containers often have 64 MB there; the log says so."""
    monkeypatch.setattr(files, "free_bytes", lambda _: 1000)
    with common_folder(1000, 2) as folder:
        assert folder is not None
    with common_folder(1001, 2) as folder:
        assert folder is None
    assert list(base.iterdir()) == []
    assert "room for 1,000 bytes" in capsys.readouterr().out


def test_a_folder_that_cannot_be_asked_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may have been unmounted."""
    monkeypatch.setattr(files, "memory_folder", lambda: Path("/nowhere"))
    with common_folder(1, 2) as folder:
        assert folder is None
