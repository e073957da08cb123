"""Small documents on a disk."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

from proxy.store.documents import Documents
from proxy.store.record_folder import RecordFolder
from proxy.store.records import Records
from tests.store.faults import Disk, IdleClock

KB = 1024


@contextlib.asynccontextmanager
async def documents(
    path: Path, disk: Disk | None = None, budget: int = 1024 * KB
) -> AsyncIterator[Documents]:
    """Keep documents in a folder, from start to end."""
    records = Records(
        RecordFolder(path / "store" / "documents", (disk or Disk()).calls),
        budget,
        clock=IdleClock(),
        report=lambda _: None,
    )
    records.start()
    yield Documents(records)
    await records.close()


async def test_documents_survive_a_restart(tmp_path: Path) -> None:
    """Small and large ones, also an empty one."""
    texts = {"a": b"#EXTM3U", "lobby/ä": os.urandom(300 * KB), "": b""}
    async with documents(tmp_path) as kept:
        for name, text in texts.items():
            assert await kept.put(name, text)
    async with documents(tmp_path) as kept:
        assert {name: await kept.get(name) for name in texts} == texts
        assert await kept.get("other") is None


async def test_a_document_is_replaced_whole(tmp_path: Path) -> None:
    """If many write it at once, the last one stays."""
    async with documents(tmp_path) as kept:
        await asyncio.gather(*(kept.put("a", b"%d" % one) for one in range(20)))
        assert await kept.get("a") == b"19"
        kept.remove("a")
        assert await kept.get("a") is None


async def test_an_equal_document_is_not_written_again(tmp_path: Path) -> None:
    """A player in a loop loads the same playlist again and again."""
    disk = Disk()
    async with documents(tmp_path, disk) as kept:
        await kept.put("a", b"#EXTM3U")
        once = disk.written
        await kept.put("a", b"#EXTM3U")
    async with documents(tmp_path, disk) as kept:
        await kept.put("a", b"#EXTM3U")
        assert disk.written == once


async def test_a_failed_replacement_leaves_the_older_document(tmp_path: Path) -> None:
    """A full disk never destroys what it has."""
    disk = Disk()
    async with documents(tmp_path, disk) as kept:
        await kept.put("a", b"old")
        disk.room = 100
        assert not await kept.put("a", bytes(KB))
        assert await kept.get("a") == b"old"


async def test_a_caller_that_leaves_does_not_damage_a_document(tmp_path: Path) -> None:
    """It is written nevertheless."""
    async with documents(tmp_path) as kept:
        putting = asyncio.create_task(kept.put("a", bytes(KB)))
        await asyncio.sleep(0)
        putting.cancel()
        await asyncio.wait([putting])
    async with documents(tmp_path) as kept:
        assert await kept.get("a") == bytes(KB)


async def test_documents_have_a_budget(tmp_path: Path) -> None:
    """The least recently used one is dropped."""
    async with documents(tmp_path, budget=12 * KB) as kept:
        for name in "abc":
            await kept.put(name, b"1")
        await kept.get("a")
        await kept.put("d", b"1")
        there = {name for name in "abcd" if await kept.get(name)}
        assert there == {"a", "c", "d"}
        assert not await kept.put("e", bytes(12 * KB))


async def test_a_damaged_document_is_not_returned(tmp_path: Path) -> None:
    """Half a playlist would end a video in the middle."""
    async with documents(tmp_path) as kept:
        await kept.put("a", bytes(KB))
    (file,) = (tmp_path / "store" / "documents").iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    async with documents(tmp_path) as kept:
        assert await kept.get("a") is None
