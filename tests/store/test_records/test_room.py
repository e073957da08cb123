"""The budget holds, and trouble with the disk is reported once."""

from pathlib import Path

from proxy.store.disk_failures import PAUSE_SECONDS
from tests.store.test_records.kept import BLOCK, LARGE, NAMES, kept


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
