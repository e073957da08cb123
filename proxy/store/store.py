"""The store as the program uses it: memory, and a disk behind it."""

from dataclasses import dataclass
from typing import Protocol

from proxy.store.content import Content
from proxy.store.key import Key
from proxy.store.memory import MemoryKept, MemoryStore, MemoryWriting
from proxy.store.port import Head, Kept


class Behind(Protocol):
    """What lies behind the memory: complete resources that survive a restart."""

    def copy(self, key: Key, kept: Kept) -> None:
        """Copy a complete resource in the background."""
        ...

    async def fetch(self, key: Key) -> tuple[Head, Content] | None:
        """Return what is kept under a key, after it was checked."""
        ...

    def remove(self, key: Key) -> None:
        """Drop what is kept under a key."""
        ...

    async def close(self) -> None:
        """Finish what is being copied."""
        ...


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a store holds now, and what it has done since the start."""

    bytes: int
    """In memory, with what is being written."""
    entries: int
    fills: int
    """How many resources are being written now."""
    hits: int
    misses: int
    evictions: int
    served_bytes: int


class TieredStore:
    """Keeps resources in memory, and lasting ones on a disk too; see `port.Store`."""

    def __init__(self, memory: MemoryStore, disk: Behind | None = None) -> None:
        self._memory = memory
        self._disk = disk
        self._hits = self._misses = self._served = 0

    def statistics(self) -> Statistics:
        """Return what it holds and has done."""
        index = self._memory.index
        return Statistics(
            bytes=index.cost,
            entries=len(index),
            fills=self._memory.writings,
            hits=self._hits,
            misses=self._misses,
            evictions=index.evictions,
            served_bytes=self._served,
        )

    def served(self, count: int) -> None:
        """Count bytes that were sent to a player from what is kept."""
        self._served += count

    def find(self, key: Key) -> MemoryKept | None:
        """Return what is kept in memory. Only hits count, as `fetch` may follow."""
        kept = self._memory.find(key)
        self._hits += kept is not None
        return kept

    async def fetch(self, key: Key, *, lasting: bool = True) -> MemoryKept | None:
        """Return what is kept, also from the disk if `lasting`; None is a miss."""
        kept = self._memory.find(key)
        if kept is None and lasting and self._disk is not None:
            found = await self._disk.fetch(key)
            # Another task may have brought it meanwhile.
            kept = self._memory.find(key)
            if kept is None and found is not None:
                kept = self._memory.adopt(key, *found)
        self._hits += kept is not None
        self._misses += kept is None
        return kept

    def begin(
        self, key: Key, expected: int | None, *, lasting: bool = False
    ) -> MemoryWriting | None:
        """Return a writing, or None if there is no room for it."""
        copy = self._disk.copy if lasting and self._disk is not None else None
        return self._memory.begin(key, expected, copy)

    def remove(self, key: Key) -> None:
        """Drop what is kept under a key; those who use it go on reading it."""
        self._memory.remove(key)
        if self._disk is not None:
            self._disk.remove(key)

    def forget(self, stream: str) -> None:
        """Drop everything of a stream from memory."""
        self._memory.forget(stream)

    async def close(self) -> None:
        """Finish copying, within the time the caller allows."""
        if self._disk is not None:
            await self._disk.close()
