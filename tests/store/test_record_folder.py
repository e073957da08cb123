"""A folder of files, which other processes may use too."""

import errno
import os
from pathlib import Path

import pytest

from proxy.store.content import Content
from proxy.store.record import file_name
from proxy.store.record_folder import RecordFolder
from proxy.system import files, processes
from tests.store.faults import Disk

NAMES = [file_name("test", number) for number in range(3)]


def folder(tmp_path: Path, disk: Disk | None = None) -> RecordFolder:
    """Return a folder that is ready."""
    made = RecordFolder(tmp_path / "store" / "resources", (disk or Disk()).calls)
    made.prepare(create=True)
    return made


@pytest.mark.skipif(processes.user_id() is None, reason="no Unix modes")
def test_the_folder_is_private(tmp_path: Path) -> None:
    """Also one that existed before, and was open to others."""
    made = folder(tmp_path)
    assert made.path.stat().st_mode & 0o777 == 0o700
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    made.path.chmod(0o755)
    made.prepare(create=False)
    assert made.path.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_another_user_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could put media there. Without owners there is nothing to check."""
    made = folder(tmp_path)
    owner = made.path.stat().st_uid
    monkeypatch.setattr(processes, "user_id", lambda: owner + 1)
    if owner == 0:  # root's own folders are trusted
        vars(os)["chown"](made.path, 4321, -1)
    with pytest.raises(PermissionError, match="another user"):
        made.prepare(create=False)
    monkeypatch.setattr(processes, "user_id", lambda: None)
    made.prepare(create=False)


def test_a_removed_medium_is_not_replaced_by_a_folder(tmp_path: Path) -> None:
    """Otherwise its files would go to the disk below."""
    made = folder(tmp_path)
    made.path.rmdir()
    made.path.parent.rmdir()
    with pytest.raises(FileNotFoundError):
        made.prepare(create=False)
    with pytest.raises(FileNotFoundError):
        made.open(NAMES[0])


def test_the_oldest_file_is_listed_first(tmp_path: Path) -> None:
    """Files of other programs are not listed, and stay."""
    made = folder(tmp_path)
    for age, name in enumerate(NAMES):
        made.write(name, {}, Content.of(bytes(5000 * age)))
        os.utime(made.path / name, (1000 - age, 1000 - age))
    (made.path / "README").write_text("foreign")
    listed = made.listing()
    assert [one.name for one in listed] == NAMES[::-1]
    assert [one.cost for one in listed] == [12288, 8192, 4096]
    assert (made.path / "README").exists()


def test_leftovers_of_a_killed_writer_are_removed(tmp_path: Path) -> None:
    """Files that another process is writing now stay."""
    made = folder(tmp_path)
    left = made.path / f"{NAMES[0]}.{'0' * 16}.part"
    busy = made.path / f"{NAMES[1]}.{'1' * 16}.part"
    left.write_bytes(b"torn")
    with busy.open("wb") as writer:
        assert files.try_lock(writer.fileno())
        assert made.listing() == []
        assert not left.exists()
        assert busy.exists()
    made.listing()
    assert not busy.exists()


@pytest.mark.parametrize("moment", ["before the lock", "while locked"])
def test_a_file_that_was_only_just_begun_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Another worker may take it for a leftover before its writer has locked it."""
    made, lock = folder(tmp_path), files.try_lock
    others = [RecordFolder(made.path)]

    def lock_late(descriptor: int) -> bool:
        if others and moment == "before the lock":
            assert others.pop().listing() == []
        elif others:
            others.pop()
            (begun,) = made.path.iterdir()
            with begun.open("rb+") as file:
                assert lock(file.fileno())
                locked = lock(descriptor)
                begun.unlink()
                return locked
        return lock(descriptor)

    monkeypatch.setattr(files, "try_lock", lock_late)
    assert made.write(NAMES[0], {}, Content.of(b"0123")) is not None
    opened = made.open(NAMES[0])
    assert opened is not None
    assert opened.content.small == b"0123"
    assert [path.name for path in made.path.iterdir()] == [NAMES[0]]


def test_a_folder_that_takes_away_all_files_ends_the_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again a few times only."""
    made = folder(tmp_path)

    def lose(_: int) -> bool:
        for path in made.path.iterdir():
            path.unlink()
        return True

    monkeypatch.setattr(files, "try_lock", lose)
    with pytest.raises(OSError, match="busy"):
        made.write(NAMES[0], {}, Content.of(b"0123"))


def test_a_file_is_removed_once(tmp_path: Path) -> None:
    """Another process may have removed it."""
    made = folder(tmp_path)
    made.write(NAMES[0], {}, Content.of(b"1"))
    assert made.open(NAMES[0]) is not None
    assert made.remove(NAMES[0])
    assert made.remove(NAMES[0])
    assert made.open(NAMES[0]) is None


def test_a_file_that_cannot_be_removed_is_damaged(tmp_path: Path) -> None:
    """As in Windows; readers that have it open read on."""
    disk = Disk()
    made = folder(tmp_path, disk)
    made.write(NAMES[0], {}, Content.of(bytes(300_000)))
    opened = made.open(NAMES[0])
    assert opened is not None
    disk.open_elsewhere = True
    assert not made.remove(NAMES[0])
    assert made.open(NAMES[0]) is not None
    made.spoil(NAMES[0])
    with pytest.raises(ValueError, match="format"):
        made.open(NAMES[0], opened.mark)
    assert opened.content.read(0, 300_000) == bytes(300_000)
    disk.open_elsewhere = False
    assert made.remove(NAMES[0])
    made.spoil(NAMES[0])


def test_another_failure_is_raised(tmp_path: Path) -> None:
    """Waiting does not help against it."""
    disk = Disk()
    made = folder(tmp_path, disk)
    disk.read_only = True
    with pytest.raises(OSError, match="read-only") as raised:
        made.remove(NAMES[0])
    assert raised.value.errno == errno.EROFS
