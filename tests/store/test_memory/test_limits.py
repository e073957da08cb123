"""Memory, descriptors and files are limited, and what is not used is dropped."""

import errno
import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from proxy.store.content import SMALL_BYTES, Content, OpenFile
from proxy.store.memory import ITEM_BYTES
from proxy.store.port import Head, Kept
from proxy.system import files
from tests.store.descriptors import descriptors
from tests.store.resources import KB, MB, keep, key, memory


def test_c5_no_resource_in_use_is_evicted() -> None:
    """Neither while a player reads it, nor while it is written or followed."""
    store = memory(4 * MB)
    keep(store, key(1), bytes(MB))
    writing = store.begin(key(2), MB)
    assert writing is not None
    writing.append(bytes(MB))
    kept = store.find(key(1))
    assert kept is not None
    with kept:
        for number in range(3, 20):
            keep(store, key(number), bytes(MB))
        assert store.begin(key(20), 3 * MB) is None
        assert store.find(key(1)) is kept
        writing.commit(Head())
        for number in range(20, 30):
            keep(store, key(number), bytes(MB))
        assert store.find(key(2)) is not None, "it is still followed"
    del writing
    for number in range(30, 40):
        keep(store, key(number), bytes(MB))
    assert store.find(key(1)) is None
    assert store.find(key(2)) is None


def sent(kept: Kept | None) -> bool:
    """Send a resource to a player; return whether it is sent from a file."""
    assert kept is not None
    with kept:
        return kept.file is not None


def test_descriptors_are_limited_and_closed() -> None:
    """Small resources need none, and large ones only once they are sent again."""
    gc.collect()
    before = descriptors()
    store = memory(most_files=10)
    for number in range(50):
        keep(store, key(number), bytes(SMALL_BYTES + 1))
        keep(store, key(1000 + number), b"small")
        assert sent(store.find(key(number)))
        assert not sent(store.find(key(1000 + number)))
        assert store.index.files <= 10
        assert descriptors() <= before + 10
    assert len(store.index) == 60
    keep(store, key(50), bytes(SMALL_BYTES + 1))
    assert store.index.files == 10
    store.forget("lobby")
    assert descriptors() == before
    assert store.index.cost == store.index.files == 0


def _refused() -> int:
    raise OSError(errno.EMFILE, "too many open files")


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "no space left on device")


@pytest.mark.parametrize(
    ("function", "broken"), [("anonymous_file", _refused), ("write_at", _full)]
)
def test_without_a_file_a_large_resource_is_sent_from_memory(
    monkeypatch: pytest.MonkeyPatch, function: str, broken: Callable[..., object]
) -> None:
    """If no descriptor is free, or the folder for temporary files is full."""
    store, data = memory(), os.urandom(MB)
    keep(store, key(1), data)
    with monkeypatch.context() as patch:
        patch.setattr(files, function, broken)
        assert not sent(store.find(key(1)))
        assert store.index.files == 0
    kept = store.find(key(1))
    assert kept is not None
    assert kept.read(0, MB) == data
    assert sent(kept)
    assert kept.read(0, MB) == data
    assert store.index.files == 1


def test_a_resource_in_a_file_costs_only_a_descriptor() -> None:
    """Without a free one it is still served, but not kept."""
    store = memory(most_files=1)
    opened = OpenFile.anonymous()
    os.write(opened.descriptor, bytes(MB))
    content = Content(opened, size=MB)
    kept = store.adopt(key(1), Head(), content)
    assert store.find(key(1)) is kept
    assert ITEM_BYTES < store.index.cost < 2 * ITEM_BYTES
    assert store.index.files == 1
    with kept:
        other = store.adopt(key(2), Head(born_at=2.0), content)
        assert store.find(key(2)) is None
        with other:
            assert other.read(0, 1) == b"\0"
            assert other.head.born_at == 2.0
    assert store.index.files == 1


def test_header_fields_and_urls_cost_too() -> None:
    """An upstream may send long ones."""
    store = memory(MB)
    fields = (("ETag", "e" * 100 * KB),)
    for number in range(20):
        keep(store, key(number), b"1", Head(fields))
        keep(store, key(number)._replace(url=str(number) * 100 * KB), b"1")
        assert store.index.cost <= MB
    assert len(store.index) < 10


def test_a_resource_without_room_for_its_fields_is_not_found() -> None:
    """Nor is an older one. Those who hold it can still read all of it."""
    store = memory(10 * KB)
    keep(store, key(1), b"old")
    writing = store.begin(key(1), 4)
    assert writing is not None
    writing.append(b"0123")
    kept = writing.commit(Head((("ETag", "e" * 10 * KB),)))
    assert kept.body == b"0123"
    assert store.find(key(1)) is None


FILLING = """
import gc, os, sys
from pathlib import Path
from proxy.store.port import Head
from tests.store.resources import key, memory

def fill(number):
    # In pieces, as they come over a connection.
    size = sizes[number * len(sizes) // count]
    writing = store.begin(key(number), size)
    for start in range(0, size, 256 * 1024):
        part = piece[start : min(start + 256 * 1024, size)]
        writing.append(b"".join([part[:-1], b"x"]))
    writing.commit(Head())

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(dict(line.split(":", 1) for line in lines)["RssAnon"].split()[0]) * 1024

def in_files(store):
    opened = (kept.content.opened for kept in store.index)
    return sum(os.fstat(one.descriptor).st_blocks * 512 for one in opened if one)

budget, *sizes = map(int, sys.argv[1:])
store, piece = memory(budget, most_files=1000), os.urandom(max(sizes))
gc.collect()
before, most, count = resident(), 0, min((1 << 30) // sizes[0], 100_000)
for number in range(count):
    fill(number)
    if number % (count // 20) == 0:
        most = max(most, resident() - before + in_files(store))
print(most)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux alone tells")
@pytest.mark.parametrize(
    "sizes",
    [[2 * KB], [100 * KB], [500_000], [700_001], [2 * MB], [100 * KB, 2 * MB, 30 * KB]],
    ids=str,
)
def test_c5_memory_stays_within_5_percent_of_the_budget(sizes: list[int]) -> None:
    """64 MiB with 1 GiB of traffic, as counted by the system, not by us.

    Also if long resources replace short ones, and short ones long ones.
    """
    budget = 64 * MB
    command = [sys.executable, "-c", FILLING, *map(str, (budget, *sizes))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert 0.5 * budget < int(done.stdout) < 1.05 * budget


def test_c5_a_smaller_budget_drops_unused_resources() -> None:
    """The least recently used first; one in use stays until its last use ends."""
    store = memory(8 * MB)
    for number in range(3):
        keep(store, key(number), bytes(2 * MB))
    used = store.find(key(0))
    assert used is not None
    with used:
        store.resize(3 * MB, largest_bytes=MB)
        assert [store.find(key(n)) is not None for n in range(3)] == [
            True,
            False,
            False,
        ]
        store.resize(0, largest_bytes=0)
        assert store.find(key(0)) is used
    assert store.begin(key(9), 1) is None
    store.resize(8 * MB, largest_bytes=4 * MB)
    assert store.begin(key(9), 4 * MB) is not None
