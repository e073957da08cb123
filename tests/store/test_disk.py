"""Resources on a disk, behind the memory."""

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.store.disk import DiskStore
from proxy.store.kept import MemoryKept
from proxy.store.key import Key, Span
from proxy.store.port import Head
from proxy.store.record_file import Calls, cost_of
from tests.store.faults import Disk, IdleClock
from tests.store.resources import KB, MB, key, memory

HEAD = Head((("Content-Type", "video/mp2t"),), 1234.5, 60.0)


class Kept:
    """A disk store and its surroundings."""

    def __init__(self, path: Path, budget: int, calls: Calls | None) -> None:
        self.disk = Disk()
        self.told: list[str] = []
        self.closed: list[Key] = []
        self.path = path
        self.memory = memory()
        self.store = DiskStore(
            path,
            budget,
            most_waiting_bytes=8 * MB,
            clock=IdleClock(),
            report=self.told.append,
            calls=calls or self.disk.calls,
        )

    def resource(self, name: Key, data: bytes) -> MemoryKept:
        """Keep a resource in memory."""
        writing = self.memory.begin(name, len(data))
        assert writing is not None
        assert writing.append(data)
        return writing.commit(HEAD)

    async def copy(self, name: Key, data: bytes) -> None:
        """Copy a resource, and wait until it is on the disk."""
        self.store.copy(self.resource(name, data))
        await self.store.copied()

    async def read(self, name: Key) -> bytes | None:
        """Return what the disk has."""
        found = await self.store.fetch(name)
        if found is None:
            return None
        assert found[0] == HEAD
        return found[1].read(0, 1 << 30)

    def files(self) -> list[Path]:
        """Return the files of resources."""
        return list((self.path / "resources").iterdir())


@contextlib.asynccontextmanager
async def kept(
    path: Path, budget: int = 64 * MB, calls: Calls | None = None
) -> AsyncIterator[Kept]:
    """Run a store in a folder, from start to end."""
    one = Kept(path, budget, calls)
    one.store.start(one.closed.append)
    yield one
    await one.store.close()


@pytest.mark.parametrize("size", [0, 100, 300 * KB])
async def test_a_resource_survives_a_restart(tmp_path: Path, size: int) -> None:
    """With its header fields and its times. Another key is another resource."""
    data = os.urandom(size)
    async with kept(tmp_path) as one:
        await one.copy(key(1), data)
        await one.copy(key(1)._replace(span=Span(0, size)), b"a part")
    async with kept(tmp_path) as after:
        assert await after.read(key(1)) == data
        assert await after.read(key(1)._replace(span=Span(0, size))) == b"a part"
        for other in (key(2), key(1)._replace(run="next"), key(1, "yard")):
            assert await after.read(other) is None


async def test_closing_finishes_waiting_copies(tmp_path: Path) -> None:
    """Within the time that the caller allows."""
    async with kept(tmp_path) as one:
        for number in range(10):
            one.store.copy(one.resource(key(number), bytes(300 * KB)))
    assert len(one.files()) == 10
    assert one.memory.index.files <= 10


async def test_a_slow_disk_does_not_fill_the_memory(tmp_path: Path) -> None:
    """A copy that would have to wait too long is not made, but counted."""
    go_on = threading.Event()

    def sync(descriptor: int) -> None:
        go_on.wait(10)
        os.fsync(descriptor)

    async with kept(tmp_path, calls=Calls(sync=sync)) as one:
        for number in range(12):
            one.store.copy(one.resource(key(number), bytes(MB)))
        await asyncio.sleep(0.05)
        assert one.store.skipped == 4
        one.memory.forget("lobby")
        assert 8 * MB <= one.memory.index.cost < 9 * MB, "in use until it is copied"
        go_on.set()
        await one.store.copied()
        assert one.memory.index.cost == 0
        one.store.copy(one.resource(key(20), bytes(MB)))
        await one.store.copied()
        assert len(one.files()) == 9


async def test_c5_the_disk_stays_within_its_budget(tmp_path: Path) -> None:
    """16 MiB under 100 MiB of resources, small and large."""
    async with kept(tmp_path, 16 * MB) as one:
        for number in range(120):
            await one.copy(key(number), bytes(number % 7 * 300 * KB + 100))
            one.memory.forget("lobby")
            if number % 20 == 0:
                used = sum(cost_of(path.stat().st_size) for path in one.files())
                assert used < 1.05 * 16 * MB
        assert used > 8 * MB
        assert one.store.resources.bytes < 16 * MB


async def test_a_file_in_memory_is_closed_before_it_is_removed(tmp_path: Path) -> None:
    """Only then is the room on the disk free."""
    async with kept(tmp_path, 4 * MB) as one:
        await one.copy(key(1), bytes(MB))
        found = await one.store.fetch(key(1))
        assert found is not None
        one.store.adopted(key(1), one.memory.adopt(key(1), *found))
        for number in range(2, 6):
            await one.copy(key(number), bytes(MB))
        assert one.closed == [key(1)]
        assert found[1].read(0, 10) == bytes(10)


async def test_hits_in_memory_count_as_uses(tmp_path: Path) -> None:
    """Otherwise the disk would drop what is played most."""
    async with kept(tmp_path, 4 * MB) as one:
        first = one.resource(key(1), bytes(MB))
        one.store.copy(first)
        await one.copy(key(2), bytes(MB))
        await one.copy(key(3), bytes(MB))
        one.store.touch(first)
        await one.copy(key(4), bytes(MB))
        assert await one.read(key(1)) is not None
        assert await one.read(key(2)) is None


async def test_a_file_in_another_format_is_not_a_resource(tmp_path: Path) -> None:
    """It is removed, and can be written again."""
    async with kept(tmp_path) as one:
        await one.copy(key(1), b"0123")
        await one.store.documents.put("lobby", b"#EXTM3U")
        (file,) = one.files()
        (document,) = (tmp_path / "documents").iterdir()
        file.write_bytes(document.read_bytes())
        assert await one.read(key(1)) is None
        await one.copy(key(1), b"0123")
        assert await one.read(key(1)) == b"0123"
        await one.copy(key(2), b"4567")
        second = next(path for path in one.files() if path != file)
        file.write_bytes(second.read_bytes())
        assert await one.read(key(1)) is None


async def test_a_removed_resource_does_not_come_back(tmp_path: Path) -> None:
    """Not even if it was waiting to be copied."""
    async with kept(tmp_path) as one:
        await one.copy(key(1), b"0123")
        one.store.copy(one.resource(key(2), b"4567"))
        one.store.remove(key(1))
        one.store.remove(key(2))
        assert await one.read(key(1)) is None
        await one.store.copied()
        assert await one.read(key(2)) is None
    async with kept(tmp_path) as after:
        await after.store.checked()
        assert await after.read(key(1)) is None
        assert await after.read(key(2)) is None


async def test_documents_outlast_resources(tmp_path: Path) -> None:
    """They are rarely requested, and without them resources are useless."""
    async with kept(tmp_path, 4 * MB) as one:
        await one.store.documents.put("lobby", b"#EXTM3U")
        for number in range(20):
            await one.copy(key(number), bytes(MB))
        assert await one.store.documents.get("lobby") == b"#EXTM3U"


WRITER = """
import asyncio, os, sys, time
from pathlib import Path
from proxy.clock import SystemClock
from proxy.store.disk import DiskStore
from proxy.store.port import Head
from proxy.store.record_file import Calls, cost_of
from tests.store.resources import key, memory

left = None

def piece_by_piece(descriptor, data):
    global left
    if left == 0:
        print("writing", flush=True)
        time.sleep(600)
    left = None if left is None else left - 1
    return os.write(descriptor, data[:20_000])

async def main():
    global left
    store = DiskStore(
        Path(sys.argv[1]), 1 << 30, most_waiting_bytes=1 << 30, clock=SystemClock(),
        report=print, calls=Calls(write=piece_by_piece),
    )
    held, number = memory(1 << 30), 0
    while True:
        number += 1
        writing = held.begin(key(number), None)
        writing.append(bytes([number % 256]) * 200_000)
        store.copy(writing.commit(Head()))
        await store.copied()
        await store.documents.put("lobby", b"%d" % number * 10_000)
        print(number, flush=True)
        if number == 2:
            left = int(sys.argv[2])

asyncio.run(main())
"""


def write_and_kill(folder: Path, pieces: int) -> int:
    """Kill a process after it has written some pieces of its third resource.

    Returns how many resources it had completed.
    """
    command = [sys.executable, "-c", WRITER, str(folder), str(pieces)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = iter(writer.stdout.readline, "writing\n")
        done = [int(line) for line in told]
        writer.kill()
    return done[-1]


def leftovers(folder: Path) -> list[Path]:
    """Return the files that were being written."""
    return list(folder.rglob("*.part"))


@pytest.mark.parametrize("pieces", [0, 1, 6, 10, 12])
async def test_c7_a_kill_during_a_write_leaves_nothing_damaged(
    tmp_path: Path, pieces: int
) -> None:
    """After the restart each resource is whole or absent, and no leftover remains."""
    done = write_and_kill(tmp_path, pieces)
    assert leftovers(tmp_path)
    async with kept(tmp_path) as after:
        await after.store.checked()
        for number in range(1, done + 5):
            found = await after.store.fetch(key(number))
            if number <= done:
                assert found is not None
            if found is not None:
                assert found[1].read(0, 1 << 20) == bytes([number]) * 200_000
        document = await after.store.documents.get("lobby")
        assert document in {b"%d" % number * 10_000 for number in range(done, done + 5)}
        assert leftovers(tmp_path) == []
