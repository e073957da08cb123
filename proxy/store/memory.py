"""Keeps resources in memory.

They are kept as bytes. A large one moves to a file without a name when it is first sent
from the store; see `kept`. All methods are called from the event loop's thread.
"""

import weakref
from collections import deque
from collections.abc import Callable

from proxy.store.content import BLOCK_BYTES, SMALL_BYTES, Blocks, Content, footprint
from proxy.store.index import Index
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from proxy.store.port import Head
from proxy.store.shared_files import SharedFiles

ITEM_BYTES = 3072
"""What an item costs besides its bytes and strings: objects, and the unused rest of a
memory page."""

NAME_BYTES = 8192
"""What the name and the label in a file for other workers cost at most."""


Committed = Callable[[MemoryKept], None]


class MemoryWriting:
    """A resource that is being written; see `port.Writing`."""

    def __init__(
        self,
        store: "MemoryStore",
        kept: MemoryKept,
        expected: int | None,
        committed: Committed | None,
        *,
        private: bool,
    ) -> None:
        self.kept = kept
        self.listed = True
        """Whether `find` returns it once it is complete."""
        self._store = store
        self._expected = expected
        self._committed = committed
        self._private = private
        self._complete = False
        self._given_up = False

    @property
    def size(self) -> int:
        """How many bytes were written."""
        return self.kept.size

    def append(self, data: bytes) -> bool:
        """Add bytes; return False if there is no room, or the writing has ended."""
        if self._complete or self._given_up:
            return False
        try:
            if self._store.grow(self.kept, self.size + len(data)):
                self.kept.content.append(data)
                return True
        except OSError:  # there is no memory
            pass
        self._given_up = True
        return False

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`, as many as are written."""
        return self.kept.read(start, end)

    def commit(self, head: Head) -> MemoryKept:
        """Complete the resource, so `find` returns it; see `port.Writing.commit`."""
        if self._complete:
            return self.kept
        if self._given_up:
            raise ValueError("a writing that was given up cannot be complete")
        if self._expected not in {None, self.size}:
            raise ValueError(f"expected {self._expected} bytes, got {self.size}")
        self._complete = True
        self.kept.head = head
        self.kept.content.seal()
        if self.listed:
            self._store.admit(self.kept, private=self._private)
            if self._committed is not None:
                self._committed(self.kept)
        return self.kept

    def drop(self) -> None:
        """Give up the writing. It is never found. Does nothing after `commit`."""
        self._given_up = True

    def __del__(self) -> None:
        self._store.left(self.kept)


class MemoryStore:
    """Keeps complete resources within a budget of bytes and of descriptors."""

    def __init__(
        self,
        budget_bytes: int,
        *,
        largest_bytes: int,
        most_files: int,
        shared: SharedFiles | None = None,
    ) -> None:
        """`shared` are the files of all workers; None: no other process shares them."""
        self.shared = shared
        self._index = Index[Key, MemoryKept](budget_bytes, most_files=most_files)
        self._largest = largest_bytes
        self._blocks = Blocks()
        self._left = deque[MemoryKept]()
        self._writings = weakref.WeakSet[MemoryWriting]()

    @property
    def index(self) -> Index[Key, MemoryKept]:
        """The index of what is kept, with its cost."""
        while self._left:
            self._index.release(self._left.popleft())
        return self._index

    @property
    def writings(self) -> int:
        """How many writings exist: being written, or complete and still read."""
        return len(self._writings)

    def resize(self, budget_bytes: int, *, largest_bytes: int) -> None:
        """Change the limits. Items in use stay until their last use ends."""
        self._largest = largest_bytes
        self.index.resize(budget_bytes)
        self._blocks.trim(0)

    def find(self, key: Key) -> MemoryKept | None:
        """Return the resource under a key; None if it is not kept.

        It may be one that another worker keeps.
        """
        kept = self._index.find(key)
        if kept is None and self.shared is not None:
            found = self.shared.find(key)
            if found is not None:
                self.adopt(key, *found, copied=True)
                return self._index.peek(key)  # None if there is no room for it
        return kept

    def begin(
        self,
        key: Key,
        expected: int | None,
        committed: Committed | None = None,
        *,
        private: bool = False,
    ) -> MemoryWriting | None:
        """Return a writing, which calls `committed` when it is complete.

        Other workers find the resource too, unless it is `private`. Returns None if it
        is too large, or if items in use leave no room.
        """
        kept = MemoryKept(key, self._index, Content(memory=self._blocks))
        self._index.use(kept)
        writing = MemoryWriting(self, kept, expected, committed, private=private)
        if not self.grow(kept, expected or 0):
            return None
        self._writings.add(writing)
        return writing

    def adopt(
        self, key: Key, head: Head, content: Content, *, copied: bool = False
    ) -> MemoryKept:
        """Keep a complete resource, if there is room for it.

        If it is in a file on a disk, it costs a descriptor, but no memory for its
        bytes. If it is `copied`, another worker keeps it too. Its bytes count for both,
        because either of them may be the last one that has the file open.
        """
        kept = MemoryKept(key, self._index, content)
        kept.head, kept.copied = head, copied
        on_disk = content.opened is not None and not copied
        cost = _beside(key) + (0 if on_disk else content.size)
        with kept:
            gone = self.index.reserve(kept, cost, int(content.opened is not None))
            if gone is not None:
                self.admit(kept, private=True)
        return kept

    def admit(self, kept: MemoryKept, *, private: bool) -> None:
        """Make a resource findable, unless there is no room for its fields."""
        fields = sum(len(name) + len(value) for name, value in kept.head.headers)
        if self.index.reserve(kept, fields) is None:
            self._index.remove(kept.key)
            return
        self._index.admit(kept)
        if self.shared is not None and not private:
            self._publish(kept, self.shared)

    def _publish(self, kept: MemoryKept, shared: SharedFiles) -> None:
        """Let other workers find a resource, if there is room for that."""
        large = kept.content.size > SMALL_BYTES
        cost = NAME_BYTES + (0 if large else kept.content.size)
        if self.index.reserve(kept, cost, int(large)) is None:
            return
        kept.shared = shared.publish(kept.key, kept.head, kept.content)
        if kept.shared is None:
            self.index.refund(kept, cost, int(kept.content.opened is None and large))

    def remove(self, key: Key) -> None:
        """Drop the resource under a key. Its current readers can still read it."""
        self._index.remove(key)
        if self.shared is not None:
            self.shared.remove(key)

    def forget(self, stream: str) -> None:
        """Drop everything of a stream, including resources that are being written."""
        for kept in self.index:
            if kept.key.stream == stream:
                self._drop(kept)
        for writing in self._writings:
            if writing.kept.key.stream == stream:
                writing.listed = False
        self._blocks.trim(0)

    def clear(self) -> None:
        """Drop everything. Resources in use are freed when their last use ends."""
        for kept in self.index:
            self._drop(kept)
        self._blocks.trim(0)

    def _drop(self, kept: MemoryKept) -> None:
        self._index.remove(kept.key)
        if kept.shared is not None:
            kept.shared.remove()

    def grow(self, kept: MemoryKept, size: int) -> bool:
        """Make room for up to `size` bytes; return False if there is none.

        Evicted items close their files, unless a reader still uses them.
        """
        if size > self._largest:
            return False
        missing = footprint(size) + _beside(kept.key) - kept.cost
        if missing <= 0:
            return True
        if self.index.reserve(kept, missing) is None:
            return False
        # Unused blocks count in no item. Keep as many as this one may need, if there is
        # no other room.
        room = self._index.budget - self._index.cost + missing
        self._blocks.trim(room // BLOCK_BYTES)
        return True

    def left(self, kept: MemoryKept) -> None:
        """Record that the writing of a resource no longer exists.

        The garbage collector may call this from any thread, and in the middle of a
        decision. So the use is only ended later.
        """
        self._left.append(kept)


def _beside(key: Key) -> int:
    """Return what an item costs besides its bytes and header fields."""
    return ITEM_BYTES + len(key.path) + len(key.url)
