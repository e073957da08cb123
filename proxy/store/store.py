"""The store as the program uses it: memory first, then an optional disk."""

from dataclasses import dataclass

from proxy.singleflight import SingleFlight
from proxy.store.disk import DiskStore
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from proxy.store.memory import MemoryStore, MemoryWriting
from proxy.store.shared_files import SharedTurn


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What a store contains now, and its counters since the start."""

    bytes: int
    """Bytes in memory, including resources that are being written."""
    budget_bytes: int
    entries: int
    """Resources in memory."""
    files: int
    """Open descriptors."""
    fills: int
    """How many writings exist: being written, or complete and still read."""
    hits: int
    disk_hits: int
    """The hits that came from the disk; they are also in `hits`."""
    misses: int
    evictions: int
    """Evictions from memory."""
    served_bytes: int
    disk_bytes: int
    disk_entries: int
    disk_evictions: int
    disk_skipped: int
    """How many resources were not copied, because the disk was too slow."""


class TieredStore:
    """Keeps resources in memory, and lasting ones also on a disk; see `port.Store`."""

    def __init__(self, memory: MemoryStore, disk: DiskStore | None = None) -> None:
        self._memory = memory
        self._disk = disk
        self._fetches = SingleFlight[Key, MemoryKept | None]("fetch from the store")
        self._hits = self._disk_hits = self._misses = self._served = 0

    def start(self) -> None:
        """Check the files on the disk, in the background."""
        if self._disk is not None:
            self._disk.start(self._close)

    async def copied(self) -> None:
        """Wait until everything that waits to be copied is on the disk."""
        if self._disk is not None:
            await self._disk.copied()

    async def close(self) -> None:
        """Finish copying, unless the caller cancels it; then drop everything."""
        try:
            if self._disk is not None:
                await self._disk.close()
        finally:
            self._memory.clear()

    def statistics(self) -> Statistics:
        """Return the current statistics."""
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
        """Whether it keeps anything at all."""
        return self._memory.index.budget > 0

    @property
    def is_shared(self) -> bool:
        """Whether other processes find what this one keeps."""
        return self._memory.shared is not None and self.is_on

    def take_turn(self, key: Key) -> SharedTurn | None:
        """Return the turn to fetch a resource; None if another process has it."""
        shared = self._memory.shared
        return SharedTurn() if shared is None else shared.take_turn(key)

    def resize(self, budget_bytes: int, *, largest_bytes: int) -> None:
        """Change the limits of the memory; a budget of 0 keeps nothing."""
        self._memory.resize(budget_bytes, largest_bytes=largest_bytes)

    def served(self, count: int) -> None:
        """Count bytes that were sent to a player from the store."""
        self._served += count

    def find(self, key: Key) -> MemoryKept | None:
        """Return a resource from memory. A miss is not counted: `fetch` may follow."""
        kept = self._memory.find(key)
        if kept is not None:
            self._hits += 1
            if self._disk is not None:
                self._disk.touch(kept)
        return kept

    async def fetch(self, key: Key, *, lasting: bool = True) -> MemoryKept | None:
        """Return a resource from memory, or from disk if `lasting`; None is a miss."""
        kept = self.find(key)
        if kept is None and lasting and self._disk is not None:
            disk = self._disk
            kept = await self._fetches.do(key, lambda: self._bring(key, disk))
            self._hits += kept is not None
            self._disk_hits += kept is not None
        self._misses += kept is None
        return kept

    def begin(
        self,
        key: Key,
        expected: int | None,
        *,
        lasting: bool = False,
        private: bool = False,
    ) -> MemoryWriting | None:
        """Return a writing, or None if there is no room for it."""
        if self._disk is None:
            return self._memory.begin(key, expected, private=private)
        committed = self._disk.copy if lasting else self._disk.supersede
        return self._memory.begin(key, expected, committed, private=private)

    def remove(self, key: Key) -> None:
        """Drop the resource under a key. Its current readers can still read it."""
        self._memory.remove(key)
        if self._disk is not None:
            self._disk.remove(key)

    def forget(self, stream: str) -> None:
        """Drop everything of a stream from memory. Files on a disk stay."""
        self._memory.forget(stream)

    async def _bring(self, key: Key, disk: DiskStore) -> MemoryKept | None:
        found = await disk.fetch(key)
        # It may have been written to memory meanwhile.
        kept = self._memory.find(key)
        if kept is None and found is not None:
            kept = disk.adopted(key, self._memory.adopt(key, *found))
        return kept

    def _close(self, key: Key) -> None:
        """Close a file that is to be removed, if memory has it open."""
        kept = self._memory.index.peek(key)
        if kept is not None and kept.content.on_disk:
            self._memory.remove(key)
