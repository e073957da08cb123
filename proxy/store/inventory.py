"""The files in a folder: makes room for new ones, and removes old ones."""

import contextlib
from collections.abc import Callable, Sequence

from proxy.store.background import Background
from proxy.store.index import Index, Item
from proxy.store.record import Label
from proxy.store.record_file import Mark, RecordBody
from proxy.store.record_folder import RecordFolder


class Stored(Item[str]):
    """A file in the folder. Its key is its name."""

    __slots__ = ("mark",)

    def __init__(self, key: str, mark: Mark | None = None) -> None:
        super().__init__(key)
        self.mark = mark
        """The mark of the file when it was checked; None before that."""


class Inventory:
    """The files in a folder, within a budget. Only one task at a time may change it."""

    def __init__(
        self,
        folder: RecordFolder,
        budget_bytes: int,
        background: Background,
        evicted: Callable[[str], None],
    ) -> None:
        self.index = Index[str, Stored](budget_bytes)
        self.doomed: dict[str, Stored] = {}
        """Files that must no longer be found, but are not removed yet."""
        self._folder = folder
        self._background = background
        self._evicted = evicted

    async def make_room(self, stored: Stored, cost: int) -> bool:
        """Make room for a file that is being written; return False if impossible."""
        gone = self.index.reserve(stored, cost)
        if gone is None:
            return False
        await self.evict(gone)
        if self.index.cost <= self.index.budget:
            return True
        self.index.refund(stored, cost)
        return False

    async def write(self, stored: Stored, label: Label, body: RecordBody) -> bool:
        """Write a file; return False if the older one is open, as on Windows."""
        if self.index.peek(stored.key) is not None:
            self._evicted(stored.key)
        write = self._folder.write
        stored.mark = await self._background.write(write, stored.key, label, body)
        return stored.mark is not None

    async def evict(self, gone: Sequence[Stored]) -> None:
        """Remove files. Those that cannot be removed now stay, and still cost.

        Raises OSError if the folder cannot be changed.
        """
        left = list(gone)
        try:
            while left:
                stored = left[0]
                if self.index.peek(stored.key) is None:  # still evicted
                    self._evicted(stored.key)
                    if not await self._remove(stored.key):
                        self._readmit(stored)
                del left[0]
        finally:
            for stored in left:
                self._readmit(stored)

    def admit(self, stored: Stored, cost: int) -> list[Stored]:
        """Add a file that exists; return the files to evict for it."""
        self.index.use(stored)
        gone = self.index.reserve(stored, cost)
        if gone is not None:
            self.index.admit(stored)
        self.index.release(stored)
        return [stored] if gone is None else gone

    async def refresh(self) -> None:
        """Update the index from the folder, as other processes may change it.

        New files are added in the order of writing: the oldest is evicted first.
        """
        found = await self._background.write(self._folder.listing)
        names = {listed.name for listed in found}
        for stored in self.index:
            if stored.key not in names:
                self.index.remove(stored.key)
        gone: list[Stored] = []
        for listed in found:
            if self.index.peek(listed.name) is None and listed.name not in self.doomed:
                gone += self.admit(Stored(listed.name), listed.cost)
        await self.evict(gone)

    def doom(self, name: str) -> None:
        """Make a file impossible to find. It still costs until it is removed."""
        stored = Stored(name)
        self.index.use(stored)
        for older in (self.index.peek(name), self.doomed.get(name)):
            if older is not None:
                self.index.charge(stored, older)
        self.index.remove(name)
        self.spare(name)
        self.doomed[name] = stored

    def spare(self, name: str) -> None:
        """Undo `doom`: the file is gone, or was written again."""
        stored = self.doomed.pop(name, None)
        if stored is not None:
            self.index.release(stored)

    async def purge(self) -> None:
        """Remove the doomed files. Spoil those that cannot be removed."""
        for name in list(self.doomed):
            with contextlib.suppress(OSError):
                if await self._remove(name):
                    self.spare(name)
                else:
                    await self._background.write(self._folder.spoil, name)

    async def _remove(self, name: str) -> bool:
        return await self._background.write(self._folder.remove, name)

    def _readmit(self, stored: Stored) -> None:
        if self.index.peek(stored.key) is None:
            self.index.use(stored)
            self.index.admit(stored)
            self.index.release(stored)
