"""The store as the program uses it: memory, and a disk behind it."""

from dataclasses import dataclass

from proxy.singleflight import SingleFlight
from proxy.store.disk import DiskStore
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from proxy.store.memory import MemoryStore, MemoryWriting


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a store holds now, and what it has done since the start."""

    bytes: int
    """In memory, with what is being written."""
    budget_bytes: int
    entries: int
    """In memory."""
    files: int
    """Open descriptors."""
    fills: int
    """How many resources are being written now, or are still read while they are."""
    hits: int
    disk_hits: int
    """Those of the hits that came from the disk."""
    misses: int
    evictions: int
    """From memory."""
    served_bytes: int
    disk_bytes: int
    disk_entries: int
    disk_evictions: int
    disk_skipped: int
    """How many resources were not copied, because the disk was too slow."""


class TieredStore:
    """Keeps resources in memory, and lasting ones on a disk too; see `port.Store`."""

    def __init__(self, memory: MemoryStore, disk: DiskStore | None = None) -> None:
        self._memory = memory
        self._disk = disk
        self._fetches = SingleFlight[Key, MemoryKept | None]("fetch from the store")
        self._hits = self._disk_hits = self._misses = self._served = 0

    def start(self) -> None:
        """Check what is on the disk, in the background."""
        if self._disk is not None:
            self._disk.start(self._close)

    async def copied(self) -> None:
        """Wait until everything is on the disk that waits for it."""
        if self._disk is not None:
            await self._disk.copied()

    async def close(self) -> None:
        """Finish copying, within the time the caller allows, and let go of all."""
        try:
            if self._disk is not None:
                await self._disk.close()
        finally:
            self._memory.clear()

    def statistics(self) -> Statistics:
        """Return what it holds and has done."""
        index, disk = self._memory.index, self._disk
        return Statistics(
            bytes=index.cost,
            budget_bytes=index.budget,
            entries=len(index),
            files=index.files,
            fills=self._memory.writings,
            hits=self._hits,
            disk_hits=self._disk_hits,
            misses=self._misses,
            evictions=index.evictions,
            served_bytes=self._served,
            disk_bytes=disk.resources.bytes if disk else 0,
            disk_entries=disk.resources.entries if disk else 0,
            disk_evictions=disk.resources.evictions if disk else 0,
            disk_skipped=disk.skipped if disk else 0,
        )

    @property
    def is_on(self) -> bool:
        """Whether it may keep anything."""
        return self._memory.index.budget > 0

    def resize(self, budget_bytes: int, *, largest_bytes: int) -> None:
        """Change the limits of the memory; 0 keeps nothing."""
        self._memory.resize(budget_bytes, largest_bytes=largest_bytes)

    def served(self, count: int) -> None:
        """Count bytes that were sent to a player from what is kept."""
        self._served += count

    def find(self, key: Key) -> MemoryKept | None:
        """Return what is kept in memory. Only hits count, as `fetch` may follow."""
        kept = self._memory.find(key)
        if kept is not None:
            self._hits += 1
            if self._disk is not None:
                self._disk.touch(kept)
        return kept

    async def fetch(self, key: Key, *, lasting: bool = True) -> MemoryKept | None:
        """Return what is kept, also from the disk if `lasting`; None is a miss."""
        kept = self.find(key)
        if kept is None and lasting and self._disk is not None:
            disk = self._disk
            kept = await self._fetches.do(key, lambda: self._bring(key, disk))
            self._hits += kept is not None
            self._disk_hits += kept is not None
        self._misses += kept is None
        return kept

    def begin(
        self, key: Key, expected: int | None, *, lasting: bool = False
    ) -> MemoryWriting | None:
        """Return a writing, or None if there is no room for it."""
        if self._disk is None:
            return self._memory.begin(key, expected)
        committed = self._disk.copy if lasting else self._disk.supersede
        return self._memory.begin(key, expected, committed)

    def remove(self, key: Key) -> None:
        """Drop what is kept under a key; those who use it go on reading it."""
        self._memory.remove(key)
        if self._disk is not None:
            self._disk.remove(key)

    def forget(self, stream: str) -> None:
        """Drop everything of a stream from memory; what is on a disk stays."""
        self._memory.forget(stream)

    async def _bring(self, key: Key, disk: DiskStore) -> MemoryKept | None:
        found = await disk.fetch(key)
        # Somebody may have written it to memory meanwhile.
        kept = self._memory.find(key)
        if kept is None and found is not None:
            kept = disk.adopted(key, self._memory.adopt(key, *found))
        return kept

    def _close(self, key: Key) -> None:
        """Close a file that is to be removed, if memory has it open."""
        kept = self._memory.index.peek(key)
        if kept is not None and kept.content.on_disk:
            self._memory.remove(key)
