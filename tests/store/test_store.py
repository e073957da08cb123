"""Memory first, then the disk behind it."""

import asyncio
import contextlib
import gc
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.store.disk import DiskStore
from proxy.store.key import Key
from proxy.store.memory import MemoryStore
from proxy.store.port import Head, Store
from proxy.store.store import TieredStore
from tests.store.descriptors import descriptors
from tests.store.faults import Disk, IdleClock
from tests.store.resources import KB, MB, key, memory

HEAD = Head((("ETag", '"1"'),), born_at=7.0)


@contextlib.asynccontextmanager
async def tiered(
    path: Path,
    *,
    held: MemoryStore | None = None,
    budget: int = 64 * MB,
    disk: Disk | None = None,
    waiting: int = 64 * MB,
) -> AsyncIterator[TieredStore]:
    """Run a store with a disk, from start to end."""
    behind = DiskStore(
        path / "store",
        budget,
        most_waiting_bytes=waiting,
        clock=IdleClock(),
        report=lambda _: None,
        calls=(disk or Disk()).calls,
    )
    store = TieredStore(held or memory(), behind)
    store.start()
    await behind.checked()
    yield store
    await store.close()


def keep(store: TieredStore, name: Key, data: bytes, *, lasting: bool = True) -> None:
    """Write a resource, and release it."""
    writing = store.begin(name, len(data), lasting=lasting)
    assert writing is not None
    assert writing.append(data)
    writing.commit(HEAD)


async def test_a_committed_resource_is_found_and_fetched() -> None:
    """This is the program's interface of a store, also without a disk."""
    store: Store = TieredStore(memory())
    writing = store.begin(key(1), None)
    assert writing is not None
    writing.append(b"0123")
    kept = writing.commit(Head())
    assert store.find(key(1)) is kept
    assert await store.fetch(key(1)) is kept
    store.remove(key(1))
    assert store.find(key(1)) is None
    assert await store.fetch(key(1)) is None


async def test_without_a_disk_starting_and_closing_do_nothing() -> None:
    """The program need not know."""
    store = TieredStore(memory())
    store.start()
    await store.copied()
    await store.close()
    assert store.statistics().disk_bytes == 0


async def test_lasting_resources_come_back_from_the_disk(tmp_path: Path) -> None:
    """Also after memory has dropped them. `find` does not wait for the disk."""
    data = {number: os.urandom(number * 100 * KB) for number in range(4)}
    async with tiered(tmp_path) as store:
        for number, body in data.items():
            keep(store, key(number), body)
        keep(store, key(9), b"live", lasting=False)
    async with tiered(tmp_path) as store:
        for number, body in data.items():
            assert store.find(key(number)) is None
            kept = await store.fetch(key(number))
            assert kept is not None
            assert kept.head == HEAD
            assert kept.read(0, kept.size) == body
            assert store.find(key(number)) is kept
        assert await store.fetch(key(9)) is None


async def test_a_closed_store_holds_nothing(tmp_path: Path) -> None:
    """Except resources that are still being read."""
    gc.collect()
    before = descriptors()
    async with tiered(tmp_path) as store:
        for number in range(10):
            keep(store, key(number), bytes(300 * KB))
            kept = store.find(key(number))
            assert kept is not None
            with kept:
                assert kept.file is not None
        assert descriptors() >= before + 10
        kept = store.find(key(1))
    assert descriptors() == before + 1
    assert kept is not None
    with kept:
        assert kept.read(0, 5) == bytes(5)
    del kept
    assert descriptors() == before


async def test_live_resources_are_not_searched_on_the_disk(tmp_path: Path) -> None:
    """A disk takes time to find nothing."""
    async with tiered(tmp_path) as store:
        keep(store, key(1), b"0123")
        await store.copied()
        store.forget("lobby")
        assert await store.fetch(key(1), lasting=False) is None
        assert await store.fetch(key(1)) is not None


async def test_simultaneous_requests_share_one_file(tmp_path: Path) -> None:
    """It is read once, and opened once."""
    async with tiered(tmp_path) as store:
        keep(store, key(1), bytes(300 * KB))
        await store.copied()
        store.forget("lobby")
        asked = await asyncio.gather(*(store.fetch(key(1)) for _ in range(50)))
        assert len({id(kept) for kept in asked}) == 1
        assert asked[0] is not None
        now = store.statistics()
        assert (now.files, now.disk_hits, now.hits, now.misses) == (1, 50, 50, 0)


async def test_a_disk_serves_what_does_not_fit_into_memory(tmp_path: Path) -> None:
    """A disk's file uses no memory, and without a free descriptor it is not listed."""
    async with tiered(tmp_path) as store:
        for number in range(5):
            keep(store, key(number), bytes([number]) * 3 * MB)
    small = memory(MB, largest=MB, most_files=1)
    gc.collect()
    before = descriptors()
    async with tiered(tmp_path, held=small) as store:
        with contextlib.ExitStack() as players:
            for number in range(5):
                kept = await store.fetch(key(number))
                assert kept is not None
                players.enter_context(kept)
                assert kept.read(MB, MB + 5) == bytes([number]) * 5
            del kept
        assert store.statistics().files == 1
        assert store.statistics().bytes < 16 * KB
        store.forget("lobby")
    assert descriptors() == before


async def test_memory_closes_files_that_the_disk_removes(tmp_path: Path) -> None:
    """A removed but open file uses room that nobody counts."""
    async with tiered(tmp_path, budget=8 * MB) as store:
        for number in range(7):
            keep(store, key(number), bytes(MB))
        await store.copied()
        store.forget("lobby")
        for number in range(7):
            assert await store.fetch(key(number))
        assert store.statistics().files == 7
        for number in range(10, 17):
            keep(store, key(number), bytes(MB), lasting=True)
            await store.copied()
        assert store.find(key(1)) is None
        assert store.statistics().disk_bytes <= 8 * MB
        assert store.statistics().files == 0, "those that are in memory have none yet"


async def test_a_removed_resource_is_removed_from_the_disk_too(tmp_path: Path) -> None:
    """Otherwise it would come back."""
    async with tiered(tmp_path) as store:
        keep(store, key(1), b"1")
        await store.copied()
        store.remove(key(1))
        assert await store.fetch(key(1)) is None
    async with tiered(tmp_path) as store:
        assert await store.fetch(key(1)) is None


async def test_a_full_disk_changes_nothing_for_players(tmp_path: Path) -> None:
    """The store continues in memory."""
    disk = Disk()
    disk.room = 0
    async with tiered(tmp_path, disk=disk) as store:
        keep(store, key(1), b"1")
        await store.copied()
        kept = await store.fetch(key(1))
        assert kept is not None
        assert kept.body == b"1"
        assert store.statistics().disk_entries == 0


async def test_statistics_are_counted(tmp_path: Path) -> None:
    """A failed find is not yet a miss, because a fetch may follow."""
    async with tiered(tmp_path, held=memory(4 * MB)) as store:
        keep(store, key(1), bytes(3 * MB), lasting=False)
        store.find(key(1))
        store.find(key(2))
        await store.fetch(key(1))
        await store.fetch(key(2))
        writing = store.begin(key(3), 2 * MB)
        store.served(1000)
        now = store.statistics()
        assert (now.entries, now.fills, now.files, now.evictions) == (0, 1, 0, 1)
        assert (now.hits, now.disk_hits, now.misses) == (2, 0, 1)
        assert now.served_bytes == 1000
        assert 2 * MB < now.bytes < 2.1 * MB
        del writing
        assert store.statistics().bytes == store.statistics().fills == 0
        keep(store, key(4), b"1")
        await store.copied()
        now = store.statistics()
        assert (now.disk_entries, now.disk_bytes, now.disk_evictions) == (1, 4096, 0)
        assert now.disk_skipped == 0


@pytest.mark.parametrize("why", ["memory only", "disk full", "too slow", "held open"])
async def test_newer_bytes_replace_older_ones_even_if_not_copied(
    tmp_path: Path, why: str
) -> None:
    """Otherwise the older ones would return after memory has dropped the newer."""
    disk, newer = Disk(), b"newer" * 3
    waiting = 10 if why == "too slow" else MB
    async with tiered(tmp_path, disk=disk, waiting=waiting) as store:
        keep(store, key(1), b"older")
        await store.copied()
        disk.room = 0 if why == "disk full" else disk.room
        disk.open_elsewhere = why == "held open"
        keep(store, key(1), newer, lasting=why != "memory only")
        assert await kept_bytes(store, key(1)) == newer
        store.forget("lobby")
        await store.copied()
        assert await kept_bytes(store, key(1)) in {None, newer}
        await store.copied()
    async with tiered(tmp_path) as store:
        assert await kept_bytes(store, key(1)) in {None, newer}


async def kept_bytes(store: TieredStore, name: Key) -> bytes | None:
    """Return the bytes that are kept under a key."""
    kept = await store.fetch(name)
    return None if kept is None else kept.read(0, kept.size)
