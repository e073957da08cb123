"""A store with a disk, and what it may return."""

import asyncio
import contextlib
import gc
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from proxy.store.disk import DiskStore
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from proxy.store.memory import MemoryStore, MemoryWriting
from proxy.store.port import Head
from proxy.store.record_file import cost_of
from proxy.store.store import TieredStore
from tests.store.descriptors import descriptors
from tests.store.faults import Disk, IdleClock

T = TypeVar("T")
KB = 1024
MEMORY_BYTES, DISK_BYTES, MOST_FILES = 900 * KB, 1024 * KB, 4


@dataclass
class Fill:
    """A writing, and what was written to it."""

    key: Key
    writing: MemoryWriting
    data: bytes
    whole: bytes


class StoreWorld(RuleBasedStateMachine):
    """A store with a disk, and what it may return."""

    @initialize()
    def begin_empty(self) -> None:
        """Start with an empty folder."""
        gc.collect()
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="store-states-"))
        self.disk, self.clock = Disk(), IdleClock()
        self.now: dict[Key, bytes] = {}
        self.older: dict[Key, set[bytes]] = {}
        """What a crash may bring back: versions that were complete once."""
        self.history: dict[Key, set[bytes]] = {}
        self.documents: dict[str, bytes] = {}
        self.fills: list[Fill] = []
        self.players: list[tuple[MemoryKept, bytes, contextlib.ExitStack]] = []
        self.versions = 0
        self.before = descriptors()
        self.open()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run in the loop."""
        return self.loop.run_until_complete(work)

    def open(self) -> None:
        """Start a store on the folder."""
        self.behind = DiskStore(
            self.folder / "store",
            DISK_BYTES,
            most_waiting_bytes=400 * KB,
            clock=self.clock,
            report=lambda _: None,
            calls=self.disk.calls,
        )
        memory = MemoryStore(
            MEMORY_BYTES, largest_bytes=400 * KB, most_files=MOST_FILES
        )
        self.store = TieredStore(memory, self.behind)

        async def start() -> None:
            self.store.start()
            await self.behind.checked()

        self.run(start())

    def body(self, size: int) -> bytes:
        """Return bytes that no other resource has."""
        self.versions += 1
        return b"%d." % self.versions * size

    def check(self, key: Key, kept: MemoryKept | None) -> None:
        """Let a find return what was committed, or nothing."""
        if kept is not None:
            got = kept.read(0, kept.size)
            assert got == self.now.get(key) or got in self.older.get(key, set())
            assert kept.head == Head(born_at=float(len(got)))

    async def complete(self, fill: Fill) -> None:
        """Commit within the loop, as copies begin there."""
        kept = fill.writing.commit(Head(born_at=float(len(fill.whole))))
        assert kept.read(0, 1 << 30) == fill.whole
        if fill.writing.listed:
            assert self.store.find(fill.key) is kept
            self.now[fill.key] = fill.whole
            self.older.pop(fill.key, None)
            self.history.setdefault(fill.key, set()).add(fill.whole)

    @invariant()
    def budgets_hold(self) -> None:
        """In memory, in descriptors and on the disk."""
        if not hasattr(self, "store"):
            return
        now = self.store.statistics()
        assert now.bytes <= 1.05 * MEMORY_BYTES
        in_use = {id(kept) for kept, _, _ in self.players}
        assert now.files <= MOST_FILES + len(in_use)
        assert now.disk_bytes <= 1.05 * DISK_BYTES
        files = (self.folder / "store").glob("*/*")
        assert sum(map(size_of, files)) <= 1.05 * DISK_BYTES


def size_of(file: Path) -> int:
    """Return what a file takes on the disk."""
    with contextlib.suppress(FileNotFoundError):
        return cost_of(file.stat().st_size)
    return 0
