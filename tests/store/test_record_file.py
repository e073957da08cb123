"""One file: whole, or absent."""

import errno
import os
from pathlib import Path

import pytest

from proxy.store.content import SMALL_BYTES, Content
from proxy.store.record_file import (
    PIECE_BYTES,
    Calls,
    cost_of,
    cost_of_file,
    open_file,
    write_file,
)
from proxy.system import files, processes
from tests.store.faults import Disk

LABEL = {"key": ["lobby", 7]}


@pytest.mark.parametrize("size", [0, 1, SMALL_BYTES, SMALL_BYTES + 1, 3_000_000])
def test_what_is_written_is_read(tmp_path: Path, size: int) -> None:
    """Small bodies into memory, larger ones from their position in the file."""
    path, data = tmp_path / "a", os.urandom(size)
    mark = write_file(path, LABEL, Content.of(data), Calls())
    opened = open_file(path)
    assert opened is not None
    assert (opened.label, opened.mark) == (LABEL, mark)
    assert opened.content.read(0, size) == data
    assert opened.content.on_disk is (size > SMALL_BYTES)
    assert opened.cost == cost_of(path.stat().st_size)
    assert opened.cost == cost_of_file(LABEL, Content.of(data))
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_private(tmp_path: Path) -> None:
    """Media may be private."""
    path = tmp_path / "a"
    write_file(path, LABEL, Content.of(b"0123"), Calls())
    if processes.user_id() is not None:
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("size", [10, 300_000])
def test_no_damaged_file_is_opened(tmp_path: Path, size: int) -> None:
    """Cut, padded, zeroed or changed, anywhere."""
    path = tmp_path / "a"
    write_file(path, LABEL, Content.of(os.urandom(size)), Calls())
    whole = path.read_bytes()
    places = [0, 8, 12, 30, len(whole) - size, len(whole) // 2, len(whole) - 1]
    for place in places:
        flipped = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        zeroed = whole[:place].ljust(len(whole), b"\0")
        for damaged in (flipped, whole[:place], zeroed, whole + b"\0"):
            path.write_bytes(damaged)
            if damaged != whole:
                with pytest.raises(ValueError, match=r"damaged|short|format|length"):
                    open_file(path)
    path.write_bytes(whole)
    assert open_file(path) is not None


def test_an_absent_file_is_no_error(tmp_path: Path) -> None:
    """It is the usual case."""
    assert open_file(tmp_path / "a") is None


def test_a_checked_body_is_not_read_again(tmp_path: Path) -> None:
    """Unless the file has changed since."""
    path = tmp_path / "a"
    mark = write_file(path, LABEL, Content.of(bytes(300_000)), Calls())
    facts = path.stat()
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"1")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert open_file(path, mark) is not None
    os.utime(path)
    with pytest.raises(ValueError, match="damaged"):
        open_file(path, mark)


def test_an_equal_file_is_not_written_again(tmp_path: Path) -> None:
    """An SD card wears out. Other fields or bytes replace it."""
    path, disk = tmp_path / "a", Disk()
    write_file(path, LABEL, Content.of(b"0123"), disk.calls)
    once = disk.written
    write_file(path, LABEL, Content.of(b"0123"), disk.calls)
    assert disk.written == once
    write_file(path, LABEL, Content.of(b"0124"), disk.calls)
    write_file(path, {"key": 8}, Content.of(b"0124"), disk.calls)
    opened = open_file(path)
    assert opened is not None
    assert (opened.label, opened.content.small) == ({"key": 8}, b"0124")
    assert disk.written > 2 * once


def test_a_damaged_file_is_written_again(tmp_path: Path) -> None:
    """Its header alone does not show the damage."""
    path = tmp_path / "a"
    write_file(path, LABEL, Content.of(b"0123"), Calls())
    path.write_bytes(path.read_bytes()[:-1] + b"4")
    write_file(path, LABEL, Content.of(b"0123"), Calls())
    opened = open_file(path)
    assert opened is not None
    assert opened.content.small == b"0123"


@pytest.mark.parametrize("room", [0, 1, 50, PIECE_BYTES, 2 * PIECE_BYTES])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, room: int) -> None:
    """An earlier file stays as it was."""
    path, disk = tmp_path / "a", Disk()
    write_file(path, LABEL, Content.of(b"old"), disk.calls)
    disk.room = room
    with pytest.raises(OSError, match="full") as raised:
        write_file(path, LABEL, Content.of(bytes(3 * PIECE_BYTES)), disk.calls)
    assert raised.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == [path]
    opened = open_file(path)
    assert opened is not None
    assert opened.content.small == b"old"


def test_a_disk_that_accepts_no_byte_is_full(tmp_path: Path) -> None:
    """Some systems report a full disk this way."""
    calls = Calls(write=lambda *_: 0)
    with pytest.raises(OSError, match="space") as raised:
        write_file(tmp_path / "a", LABEL, Content.of(b"1"), calls)
    assert raised.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_durable_gets_no_name(tmp_path: Path) -> None:
    """A medium may only fail when it has to make data durable."""

    def fails(_: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    with pytest.raises(OSError, match="input/output"):
        write_file(tmp_path / "a", LABEL, Content.of(b"1"), Calls(sync=fails))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("refusals", [1, 3, 100])
def test_windows_replaces_a_file_once_it_is_closed(
    tmp_path: Path, refusals: int
) -> None:
    """It tries a few times; then the earlier file stays."""
    path, tries = tmp_path / "a", 0
    write_file(path, LABEL, Content.of(b"old"), Calls())

    def replace(source: Path, target: Path) -> None:
        nonlocal tries
        tries += 1
        if tries <= refusals:
            raise PermissionError(errno.EACCES, "open elsewhere")
        source.replace(target)

    mark = write_file(path, LABEL, Content.of(b"new"), Calls(replace=replace))
    assert (mark is None) is (refusals == 100)
    opened = open_file(path)
    assert opened is not None
    assert opened.content.small == (b"old" if refusals == 100 else b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_system_that_cannot_sync_folders_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power loss may cost the file there, but no more."""

    def refused(_: Path) -> None:
        raise OSError(errno.EINVAL, "invalid argument")

    monkeypatch.setattr(files, "sync_folder", refused)
    write_file(tmp_path / "a", LABEL, Content.of(b"1"), Calls())
    assert open_file(tmp_path / "a") is not None
