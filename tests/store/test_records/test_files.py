"""Files are written, checked, replaced and removed."""

import asyncio
import shutil
import threading
from pathlib import Path

from proxy.store.content import Content
from proxy.store.record_file import Calls, Mark, Opened
from proxy.store.record_folder import RecordFolder
from proxy.store.records import Records
from tests.store.faults import IdleClock
from tests.store.test_records.kept import BLOCK, LARGE, NAMES, kept


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


async def test_a_file_looked_for_before_there_is_a_folder_is_no_trouble(
    tmp_path: Path,
) -> None:
    """Also if the folder is created before the answer comes."""
    looked, made, created = (threading.Event() for _ in range(3))

    class Slow(RecordFolder):
        def prepare(self, *, create: bool) -> None:
            super().prepare(create=create)
            made.set()

        def open(self, name: str, known: Mark | None = None) -> Opened | None:
            try:
                return super().open(name, known)
            finally:
                looked.set()
                created.wait(10)

    told: list[str] = []
    folder = Slow(tmp_path / "store")
    records = Records(folder, 500 * BLOCK, clock=IdleClock(), report=told.append)
    asked = asyncio.create_task(records.open(NAMES[0]))
    await asyncio.to_thread(looked.wait, 10)
    records.start()
    await asyncio.to_thread(made.wait, 10)
    await asyncio.sleep(0.01)
    created.set()
    assert await asked is None
    assert told == []
    await records.checked()
    assert await records.put(NAMES[0], {}, Content.of(b"1"))
    await records.close()
