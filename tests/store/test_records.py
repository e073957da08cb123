"""Checked files in a folder, within a budget."""

import asyncio
import contextlib
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from proxy.store.content import Content
from proxy.store.record import file_name
from proxy.store.record_file import Calls
from proxy.store.record_folder import RecordFolder
from proxy.store.records import Records
from proxy.store.troubles import PAUSE_SECONDS
from tests.store.faults import Disk, IdleClock

BLOCK = 4096
NAMES = [file_name("test", number) for number in range(6)]
LARGE = 300_000


class Kept:
    """Records and their surroundings."""

    def __init__(self, path: Path, blocks: int, calls: Calls | None) -> None:
        self.disk = Disk()
        self.clock = IdleClock()
        self.told: list[str] = []
        self.path = path / "store" / "resources"
        self.records = Records(
            RecordFolder(self.path, calls or self.disk.calls),
            blocks * BLOCK,
            clock=self.clock,
            report=self.told.append,
        )

    async def put(self, name: str, size: int = 100) -> bool:
        """Write a file."""
        return await self.records.put(name, {"name": name}, Content.of(bytes(size)))

    async def has(self, name: str) -> bool:
        """Return whether a file is present and whole."""
        opened = await self.records.open(name)
        assert opened is None or opened.label == {"name": name}
        return opened is not None

    async def names(self) -> set[str]:
        """Return which files are present and whole."""
        return {name for name in NAMES if await self.has(name)}

    def damage(self, name: str) -> None:
        """Change the last byte of a file."""
        path = self.path / name
        path.write_bytes(path.read_bytes()[:-1] + b"1")


@contextlib.asynccontextmanager
async def kept(
    path: Path, blocks: int = 500, *, calls: Calls | None = None, start: bool = True
) -> AsyncIterator[Kept]:
    """Run records in a folder, from start to end."""
    one = Kept(path, blocks, calls)
    if start:
        one.records.start()
        await one.records.checked()
    yield one
    await one.records.close()


async def test_files_survive_a_restart(tmp_path: Path) -> None:
    """They are found before and after the folder was listed."""
    async with kept(tmp_path) as before:
        assert await before.put(NAMES[0])
        assert await before.put(NAMES[1], LARGE)
    async with kept(tmp_path, start=False) as early:
        assert await early.names() == set(NAMES[:2])
        assert early.records.entries == 2
    async with kept(tmp_path) as after:
        assert after.records.entries == 2
        assert await after.names() == set(NAMES[:2])
        assert after.records.bytes == early.records.bytes


async def test_a_damaged_file_is_removed_at_the_start(tmp_path: Path) -> None:
    """Nobody has to request it."""
    async with kept(tmp_path) as before:
        await before.put(NAMES[0], LARGE)
        await before.put(NAMES[1])
    before.damage(NAMES[0])
    async with kept(tmp_path) as after:
        await after.records.background.finish()
        assert [path.name for path in after.path.iterdir()] == [NAMES[1]]
        assert after.records.entries == 1
        assert after.records.bytes == BLOCK


async def test_a_damaged_file_is_not_opened_before_the_check(tmp_path: Path) -> None:
    """It is removed at once, and can be written again."""
    async with kept(tmp_path) as before:
        await before.put(NAMES[0], LARGE)
    before.damage(NAMES[0])
    async with kept(tmp_path, start=False) as after:
        assert not await after.has(NAMES[0])
        assert await after.put(NAMES[0], LARGE)
        assert await after.has(NAMES[0])


async def test_a_file_is_checked_again_when_it_has_changed(tmp_path: Path) -> None:
    """Also while the process runs."""
    async with kept(tmp_path) as one:
        await one.put(NAMES[0], LARGE)
        assert await one.has(NAMES[0])
        one.damage(NAMES[0])
        assert not await one.has(NAMES[0])


async def test_the_budget_holds(tmp_path: Path) -> None:
    """In blocks of the disk; the least recently used file is dropped first."""
    async with kept(tmp_path, blocks=3) as one:
        for name in NAMES[:3]:
            await one.put(name)
        await one.has(NAMES[0])
        one.records.touch(NAMES[2])
        await one.put(NAMES[3])
        assert await one.names() == {NAMES[0], NAMES[2], NAMES[3]}
        assert not await one.put(NAMES[4], 3 * BLOCK)
        assert one.records.evictions == 1
        assert one.records.bytes == 3 * BLOCK


async def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Readers that have the older one open read it to its end."""
    async with kept(tmp_path) as one:
        await one.put(NAMES[0], LARGE)
        old = await one.records.open(NAMES[0])
        assert old is not None
        await one.put(NAMES[0], LARGE + 1)
        new = await one.records.open(NAMES[0])
        assert new is not None
        assert new.content.size == LARGE + 1
        assert old.content.read(0, 1 << 30) == bytes(LARGE)
        assert one.records.entries == 1


async def test_a_full_disk_is_reported_once_and_retried_later(tmp_path: Path) -> None:
    """Present files are still served."""
    async with kept(tmp_path) as one:
        await one.put(NAMES[0])
        one.disk.room = 0
        assert not await one.put(NAMES[1])
        one.disk.room = 1 << 30
        assert not await one.put(NAMES[1]), "a pause"
        one.disk.room = 0
        await one.clock.advance(PAUSE_SECONDS)
        assert not await one.put(NAMES[1])
        assert one.told == [f"{one.path}: No space left on device"]
        assert await one.names() == {NAMES[0]}
        assert one.records.bytes == BLOCK
        one.disk.room = 1 << 30
        await one.clock.advance(PAUSE_SECONDS)
        assert await one.put(NAMES[1])
        one.disk.room = 0
        assert not await one.put(NAMES[2])
        assert len(one.told) == 2


async def test_a_folder_that_vanishes_and_comes_back(tmp_path: Path) -> None:
    """As when a medium is removed. It is reported once, and no new folder is made."""
    async with kept(tmp_path) as one:
        await one.put(NAMES[0], LARGE)
        away = tmp_path / "away"
        (tmp_path / "store").rename(away)
        assert await one.names() == set()
        await one.clock.advance(PAUSE_SECONDS)
        assert not await one.put(NAMES[1])
        assert one.told == [f"{one.path}: No such file or directory"]
        assert not (tmp_path / "store").exists()
        away.rename(tmp_path / "store")
        await one.clock.advance(PAUSE_SECONDS)
        assert await one.put(NAMES[1])
        assert await one.names() == {NAMES[0], NAMES[1]}


async def test_a_folder_that_cannot_be_made_is_reported_once(tmp_path: Path) -> None:
    """A file may have its name."""
    (tmp_path / "store").write_text("a file")
    async with kept(tmp_path) as one:
        assert not await one.put(NAMES[0])
        assert not await one.has(NAMES[0])
        assert len(one.told) == 1
        (tmp_path / "store").unlink()
        await one.clock.advance(PAUSE_SECONDS)
        assert await one.put(NAMES[0])


async def test_a_read_only_folder_is_still_read(tmp_path: Path) -> None:
    """No present file is dropped because of missing room."""
    async with kept(tmp_path, blocks=2) as one:
        await one.put(NAMES[0])
        await one.put(NAMES[1])
        one.disk.read_only = True
        assert not await one.put(NAMES[2])
        assert one.told == [f"{one.path}: Read-only file system"]
        assert await one.names() == {NAMES[0], NAMES[1]}


async def test_a_removed_file_is_never_found(tmp_path: Path) -> None:
    """Also if it cannot be removed yet, and after a restart."""
    async with kept(tmp_path) as one:
        await one.put(NAMES[0], LARGE)
        one.disk.open_elsewhere = True
        one.records.remove(NAMES[0])
        assert not await one.has(NAMES[0])
        await one.records.background.finish()
        assert (one.path / NAMES[0]).exists()
        assert not await one.has(NAMES[0])
    async with kept(tmp_path) as after:
        assert not await after.has(NAMES[0])
        await after.records.background.finish()
        assert not (one.path / NAMES[0]).exists()


async def test_a_removal_wins_over_a_running_put(tmp_path: Path) -> None:
    """A later put wins over the removal."""
    at_it, go_on = threading.Event(), threading.Event()

    def replace(source: Path, target: Path) -> None:
        at_it.set()
        go_on.wait(10)
        source.replace(target)

    async with kept(tmp_path, calls=Calls(replace=replace)) as one:
        putting = asyncio.create_task(one.put(NAMES[0]))
        await asyncio.to_thread(at_it.wait, 10)
        one.records.remove(NAMES[0])
        go_on.set()
        await putting
        assert not await one.has(NAMES[0])
        await one.records.background.finish()
        assert list(one.path.iterdir()) == []
        one.records.remove(NAMES[1])
        assert await one.put(NAMES[1])
        assert await one.has(NAMES[1])
        await one.records.background.finish()
        assert await one.has(NAMES[1])


async def test_two_processes_share_a_folder_and_a_budget(tmp_path: Path) -> None:
    """Each finds what the other wrote, and both stay within the budget."""
    async with kept(tmp_path, blocks=4) as one, kept(tmp_path, blocks=4) as other:
        await one.put(NAMES[0])
        assert await other.has(NAMES[0])
        for name in NAMES[1:4]:
            await other.put(name)
        await one.put(NAMES[4])
        await other.put(NAMES[5])
        assert len(await one.names()) <= 4
        assert len(list(one.path.iterdir())) <= 4


async def test_a_file_found_by_chance_makes_room(tmp_path: Path) -> None:
    """Another process wrote it after the folder was listed."""
    async with kept(tmp_path, blocks=9) as large, kept(tmp_path, blocks=2) as small:
        for name in NAMES[:4]:
            await large.put(name)
        for name in NAMES[:4]:
            assert await small.has(name)
        await small.records.background.finish()
        assert small.records.bytes <= 2 * BLOCK
        assert len(list(small.path.iterdir())) == 2


async def test_after_closing_nothing_breaks(tmp_path: Path) -> None:
    """A late player may still ask."""
    async with kept(tmp_path) as one:
        await one.put(NAMES[0])
    assert not await one.put(NAMES[1])
    assert not await one.has(NAMES[0])
    one.records.remove(NAMES[0])


async def test_a_header_that_is_too_long_is_not_written(tmp_path: Path) -> None:
    """This does not count as trouble of the disk."""
    async with kept(tmp_path) as one:
        label = {"name": "x" * 1_000_000}
        assert not await one.records.put(NAMES[0], label, Content.of(b"1"))
        assert one.told == []
        assert one.records.bytes == 0


async def test_foreign_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    """Only our own names are read or removed."""
    async with kept(tmp_path) as one:
        (one.path / "notes.txt").write_text("mine")
        (one.path / NAMES[0]).mkdir()
        assert not await one.has(NAMES[0])
        await one.put(NAMES[1])
    async with kept(tmp_path, blocks=1) as after:
        assert (after.path / "notes.txt").read_text() == "mine"
    shutil.rmtree(tmp_path / "store")
