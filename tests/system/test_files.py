"""Files with secrets, locked files, and files without a name."""

import errno
import mmap
import os
import sys
from pathlib import Path

import pytest

from proxy.secret_file import SecretFile
from proxy.system import files, processes
from tests.tokens.files import secret


@pytest.mark.parametrize("name", ["O_CLOEXEC", "O_NONBLOCK"])
def test_a_secret_is_read_if_a_flag_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Flags that the system lacks are left out."""
    path = secret(tmp_path / "key", b"canary\r\n")
    before = files.secret_flags()
    monkeypatch.delattr(os, name)
    assert files.secret_flags() < before
    assert SecretFile(path).read() == b"canary\r\n"


def test_without_owners_modes_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows shows mode 0666 for every writable file."""
    path = secret(tmp_path / "key", b"canary", mode=0o666)
    monkeypatch.delattr(os, "geteuid")
    assert processes.user_id() is None
    assert SecretFile(path).read() == b"canary"


class Msvcrt:
    """What Windows has instead of fcntl: it locks a byte at the file's position."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.locked = set[int]()

    def locking(self, descriptor: int, mode: int, count: int) -> None:
        """Lock a byte, unless it is locked."""
        assert (mode, count) == (2, 1)
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        if at in self.locked:
            raise PermissionError(errno.EACCES, "locked")
        self.locked.add(at)


@pytest.mark.parametrize(
    ("modules", "second"),
    [
        ({}, False),
        ({"fcntl": None, "msvcrt": Msvcrt()}, False),
        ({"fcntl": None, "msvcrt": None}, True),
    ],
    ids=["fcntl", "msvcrt", "neither"],
)
def test_a_file_is_locked_with_any_available_module(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    modules: dict[str, object],
    *,
    second: bool,
) -> None:
    """Without any, nobody is locked out; a locked file can still be read."""
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    path = secret(tmp_path / "key", b"canary")
    one, two = os.open(path, os.O_RDWR), os.open(path, os.O_RDWR)
    assert files.try_lock(one)
    assert files.try_lock(two) is second
    assert path.read_bytes() == b"canary"
    os.close(one)
    os.close(two)


def test_without_locks_in_a_file_system_nobody_waits() -> None:
    """A closed descriptor can never be locked."""
    assert files.try_lock(1 << 20)


@pytest.mark.parametrize("missing", [(), ("memfd_create",), ("memfd_create", "pread")])
def test_an_anonymous_file_is_read_and_written_anywhere(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    """Without positioned reads there are no positioned writes either."""
    for name in (*missing, *(["pwrite"] if "pread" in missing else [])):
        monkeypatch.delattr(os, name)
    one, two = files.anonymous_file(), files.anonymous_file()
    files.write_at(one, b"01234567", 0)
    files.write_at(one, bytearray(b"abc"), 3)
    assert files.read_at(one, 100, 2) == b"2abc67"
    assert files.read_at(two, 100, 0) == b""
    assert not os.get_inheritable(one)
    os.close(one)
    os.close(two)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EPERM, errno.EMFILE])
def test_a_sandbox_may_refuse_files_in_memory(
    monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Then a temporary file is used. Without a free descriptor both fail."""

    def refused(name: str) -> int:
        raise OSError(code, name)

    monkeypatch.setattr(os, "memfd_create", refused, raising=False)
    if code == errno.EMFILE:
        with pytest.raises(OSError, match="hls-auth-proxy"):
            files.anonymous_file()
    else:
        os.close(files.anonymous_file())


def test_a_partial_write_is_continued(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system may write less than requested."""
    write = vars(os)["pwrite"]
    monkeypatch.setattr(
        os, "pwrite", lambda file, data, place: write(file, data[:3], place)
    )
    file = files.anonymous_file()
    files.write_at(file, b"0123456789", 0)
    assert files.read_at(file, 100, 0) == b"0123456789"
    os.close(file)


@pytest.mark.parametrize("missing", [(), ("MAP_PRIVATE", "MAP_ANONYMOUS")])
def test_memory_can_be_written(
    monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]
) -> None:
    """Also on Windows, which has no flags for it."""
    for name in missing:
        monkeypatch.delattr(mmap, name)
    block = files.memory_block(8192)
    block[8000:8004] = b"0123"
    assert memoryview(block)[7999:8005].tobytes() == b"\x000123\0"
    assert len(block) == 8192


@pytest.mark.parametrize(
    ("mounts", "found"),
    [
        ("tmpfs {} tmpfs rw 0 0\n", True),
        ("none / overlay rw 0 0\nshm {} tmpfs rw,size=65536k 0 0\n", True),
        ("/dev/sda1 {} ext4 rw 0 0\n", False),
        ("tmpfs {}/other tmpfs rw 0 0\n", False),
        ("", False),
        ("\n \nx\n", False),
    ],
)
def test_a_folder_is_in_memory_if_the_system_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mounts: str, *, found: bool
) -> None:
    """Otherwise it may be a folder on a disk."""
    memory = tmp_path / "memory"
    (tmp_path / "mounts").write_text(mounts.format(memory))
    monkeypatch.setattr(files, "_MEMORY", memory)
    monkeypatch.setattr(files, "_MOUNTS", tmp_path / "mounts")
    assert files.memory_folder() is None
    memory.mkdir()
    assert files.memory_folder() == (memory if found else None)
    assert files.free_bytes(memory) > 0
    monkeypatch.setattr(files, "_MOUNTS", tmp_path / "nothing")
    assert files.memory_folder() is None


@pytest.mark.parametrize("name", ["O_CLOEXEC", "O_NOFOLLOW"])
def test_a_shared_file_is_new_and_is_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Flags that the system lacks are left out."""
    monkeypatch.delattr(os, name)
    descriptor = os.open(tmp_path / "one", files.shared_file_flags(), 0o600)
    files.write_at(descriptor, b"media", 0)
    assert files.read_at(descriptor, 10, 0) == b"media"
    os.close(descriptor)
    with pytest.raises(FileExistsError):
        os.open(tmp_path / "one", files.shared_file_flags(), 0o600)
