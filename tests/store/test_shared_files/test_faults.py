"""Damaged files, and no room for files."""

import errno
import gc
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.store.port import Head
from proxy.store.shared_files import LABEL_BYTES
from proxy.system import files as system_files
from proxy.system import sockets
from tests.store.descriptors import descriptors
from tests.store.workers import KB, MB, bytes_of, keep, key, shared_in, stores

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:0],
        lambda data: data[:5],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[-30:],
        lambda data: data[:-4] + b"\xff\xff\xff\xff",
        lambda data: data.replace(b"lobby", b"other"),
        lambda data: data.replace(b"[", b"{"),
    ],
)
def test_another_file_is_not_taken_for_a_resource(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Whatever is in the folder."""
    one, other, _ = stores(tmp_path)
    keep(one, key(1), b"data" * 10)
    (file,) = shared_in(tmp_path)
    file.write_bytes(damage(file.read_bytes()))
    assert other.find(key(1)) is None


def test_a_resource_with_a_very_long_label_is_not_shared(tmp_path: Path) -> None:
    """It costs nothing more then."""
    one, other, _ = stores(tmp_path)
    keep(one, key(1), b"data", Head((("X", "y" * LABEL_BYTES),)))
    assert one.find(key(1)) is not None
    assert other.find(key(1)) is None
    assert shared_in(tmp_path) == []
    assert one.index.cost < 3 * LABEL_BYTES
    assert one.index.files == 0


def test_without_the_folder_each_worker_keeps_its_own(
    tmp_path: Path,
) -> None:
    """The parent was killed, and another one has removed it."""
    one, other, _ = stores(tmp_path)
    keep(one, key(1), os.urandom(MB))
    for path in sorted(tmp_path.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    for number, size in ((2, 10), (3, MB)):
        data = os.urandom(size)
        keep(one, key(number), data)
        assert bytes_of(one, key(number)) == data
    assert bytes_of(one, key(1)) is not None
    assert other.find(key(1)) is None
    one.remove(key(1))


@pytest.mark.parametrize("size", [100, MB])
@pytest.mark.parametrize("call", ["write_at", "shared_file_flags"])
def test_without_room_for_files_each_worker_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, call: str
) -> None:
    """Other programs may fill the memory; the costs are those of a resource alone."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    one, other, _ = stores(tmp_path)
    data = os.urandom(size)
    monkeypatch.setattr(system_files, call, full)
    keep(one, key(1), data)
    monkeypatch.undo()
    assert bytes_of(one, key(1)) == data
    assert other.find(key(1)) is None
    assert shared_in(tmp_path) == []
    assert one.index.cost < size + 5 * KB
    assert one.index.files == 0


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    """A small resource needs none, a large one needs one in each process."""
    gc.collect()
    before = descriptors()
    one, other, _ = stores(tmp_path)
    for number in range(4):
        keep(one, key(number), os.urandom(100))
        assert other.find(key(number)) is not None
    assert descriptors() == before
    keep(one, key(9), os.urandom(MB))
    assert other.find(key(9)) is not None
    assert descriptors() == before + 2
    one.clear()
    other.clear()
    gc.collect()
    assert descriptors() == before
