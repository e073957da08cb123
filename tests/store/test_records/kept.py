"""Records in a folder, and their surroundings."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from proxy.store.content import Content
from proxy.store.record import file_name
from proxy.store.record_file import Calls
from proxy.store.record_folder import RecordFolder
from proxy.store.records import Records
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
