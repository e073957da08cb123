"""Making room in a folder, and removing files that must not be found."""

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from proxy.store.background import Background
from proxy.store.content import Content
from proxy.store.inventory import Inventory, Stored
from proxy.store.record import file_name
from proxy.store.record_folder import RecordFolder
from tests.store.faults import Disk

BLOCK = 4096
NAMES = [file_name("test", number) for number in range(6)]


class Room:
    """A folder on a disk, and its inventory."""

    def __init__(self, path: Path, background: Background, blocks: int) -> None:
        self.disk = Disk()
        self.folder = RecordFolder(path / "store", self.disk.calls)
        self.folder.prepare(create=True)
        self.told: list[str] = []
        self.inventory = Inventory(
            self.folder, blocks * BLOCK, background, self.told.append
        )

    async def write(self, name: str) -> bool:
        """Write a file of one block, if there is room."""
        stored = Stored(name)
        index = self.inventory.index
        index.use(stored)
        try:
            if not await self.inventory.make_room(stored, BLOCK):
                return False
            self.folder.write(name, {}, Content.of(name.encode()))
            index.admit(stored)
        finally:
            index.release(stored)
        return True

    def files(self) -> set[str]:
        """Return the names of the files."""
        return {path.name for path in self.folder.path.iterdir()}

    def listed(self) -> set[str]:
        """Return the names of the files that can be found."""
        return {stored.key for stored in self.inventory.index}


@contextlib.asynccontextmanager
async def room(path: Path, blocks: int = 3) -> AsyncIterator[Room]:
    """Yield a folder with room for some files of one block."""
    background = Background()
    yield Room(path, background, blocks)
    await background.close()


async def test_the_least_recently_used_file_is_removed(tmp_path: Path) -> None:
    """Users that have it open are notified first."""
    async with room(tmp_path) as one:
        for name in NAMES[:3]:
            assert await one.write(name)
        one.inventory.index.find(NAMES[0])
        assert await one.write(NAMES[3])
        assert one.files() == one.listed() == {NAMES[0], NAMES[2], NAMES[3]}
        assert one.told == [NAMES[1]]


async def test_a_file_above_the_budget_gets_no_room(tmp_path: Path) -> None:
    """No other file is removed for it."""
    async with room(tmp_path) as one:
        await one.write(NAMES[0])
        stored = Stored(NAMES[1])
        one.inventory.index.use(stored)
        assert not await one.inventory.make_room(stored, 4 * BLOCK)
        assert one.files() == {NAMES[0]}


async def test_a_file_that_cannot_be_removed_is_kept(tmp_path: Path) -> None:
    """It still costs, is served, and makes room later."""
    async with room(tmp_path) as one:
        for name in NAMES[:3]:
            await one.write(name)
        one.disk.open_elsewhere = True
        assert not await one.write(NAMES[3])
        assert one.files() == one.listed() == set(NAMES[:3])
        assert one.inventory.index.cost == 3 * BLOCK
        one.disk.open_elsewhere = False
        assert await one.write(NAMES[3])
        assert one.inventory.index.cost == 3 * BLOCK


async def test_a_folder_that_cannot_be_changed_keeps_its_files(tmp_path: Path) -> None:
    """They can still be read, so they stay listed."""
    async with room(tmp_path) as one:
        for name in NAMES[:3]:
            await one.write(name)
        one.disk.read_only = True
        stored = Stored(NAMES[3])
        one.inventory.index.use(stored)
        with pytest.raises(OSError, match="read-only"):
            await one.inventory.make_room(stored, 3 * BLOCK)
        one.inventory.index.release(stored)
        assert one.files() == one.listed() == set(NAMES[:3])
        assert one.inventory.index.cost == 3 * BLOCK


async def test_earlier_files_are_found_by_age(tmp_path: Path) -> None:
    """Those that no longer fit are dropped, the oldest first."""
    async with room(tmp_path, 6) as before:
        for age, name in enumerate(NAMES):
            await before.write(name)
            os.utime(before.folder.path / name, (1000 - age, 1000 - age))
    async with room(tmp_path) as after:
        await after.inventory.refresh()
        assert after.files() == after.listed() == set(NAMES[:3])
        await after.write("f" * 40)
        assert NAMES[2] not in after.listed()


async def test_changes_by_other_processes_are_noticed(tmp_path: Path) -> None:
    """They write and remove in the same folder."""
    async with room(tmp_path) as one, room(tmp_path) as other:
        await one.write(NAMES[0])
        await one.write(NAMES[1])
        await other.inventory.refresh()
        assert other.listed() == set(NAMES[:2])
        other.folder.remove(NAMES[0])
        await other.write(NAMES[2])
        await one.inventory.refresh()
        assert one.listed() == {NAMES[1], NAMES[2]}
        assert one.inventory.index.cost == 2 * BLOCK


async def test_a_doomed_file_costs_until_it_is_removed(tmp_path: Path) -> None:
    """If it cannot be removed it is damaged on purpose, and not listed again."""
    async with room(tmp_path) as one:
        await one.write(NAMES[0])
        one.disk.open_elsewhere = True
        one.inventory.doom(NAMES[0])
        one.inventory.doom(NAMES[0])
        one.inventory.doom(NAMES[1])
        assert one.listed() == set()
        await one.inventory.purge()
        await one.inventory.refresh()
        assert one.listed() == set()
        assert one.inventory.index.cost == BLOCK
        with pytest.raises(ValueError, match="format"):
            one.folder.open(NAMES[0])
        one.disk.open_elsewhere = False
        await one.inventory.purge()
        assert one.files() == set()
        assert one.inventory.index.cost == 0
        assert one.inventory.doomed == {}


async def test_a_failing_disk_leaves_doomed_files_for_later(tmp_path: Path) -> None:
    """They are not found meanwhile."""
    async with room(tmp_path) as one:
        await one.write(NAMES[0])
        one.inventory.doom(NAMES[0])
        one.disk.read_only = True
        await one.inventory.purge()
        assert one.files() == set(NAMES[:1])
        assert list(one.inventory.doomed) == NAMES[:1]


async def test_a_replaced_file_is_spared(tmp_path: Path) -> None:
    """The older one is gone."""
    async with room(tmp_path) as one:
        await one.write(NAMES[0])
        one.inventory.doom(NAMES[0])
        await one.write(NAMES[0])
        one.inventory.spare(NAMES[0])
        await one.inventory.purge()
        assert one.files() == one.listed() == set(NAMES[:1])
        assert one.inventory.index.cost == BLOCK
