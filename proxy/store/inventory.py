"""What a folder holds: makes room in it, and removes what must not be found."""

import contextlib
from collections.abc import Callable, Sequence

from proxy.store.background import Background
from proxy.store.index import Index, Item
from proxy.store.record import Label
from proxy.store.record_file import Body, Mark
from proxy.store.record_folder import RecordFolder


class Stored(Item[str]):
    """A file, under its name."""

    __slots__ = ("mark",)

    def __init__(self, key: str, mark: Mark | None = None) -> None:
        super().__init__(key)
        self.mark = mark
        """Of the file when it was checked; None before."""


class Inventory:
    """The files in a folder, within a budget; changed by one task at a time."""

    def __init__(
        self,
        folder: RecordFolder,
        budget_bytes: int,
        background: Background,
        evicted: Callable[[str], None],
    ) -> None:
        self.index = Index[str, Stored](budget_bytes)
        self.doomed: dict[str, Stored] = {}
        """What must not be found any more, and was not removed yet."""
        self._folder = folder
        self._background = background
        self._evicted = evicted

    async def make_room(self, stored: Stored, cost: int) -> bool:
        """Let a file that is being written cost so much; return False without room."""
        gone = self.index.reserve(stored, cost)
        if gone is None:
            return False
        await self.evict(gone)
        if self.index.cost <= self.index.budget:
            return True
        self.index.refund(stored, cost)
        return False

    async def write(self, stored: Stored, label: Label, body: Body) -> bool:
        """Write a file; return False if the older one is open, as on Windows."""
        if self.index.peek(stored.key) is not None:
            self._evicted(stored.key)
        write = self._folder.write
        stored.mark = await self._background.write(write, stored.key, label, body)
        return stored.mark is not None

    async def evict(self, gone: Sequence[Stored]) -> None:
        """Remove files; those that cannot be removed now are kept, and cost on.

        Raises OSError if the folder cannot be changed.
        """
        left = list(gone)
        try:
            while left:
                stored = left[0]
                if self.index.peek(stored.key) is None:  # not found or written again
                    self._evicted(stored.key)
                    if not await self._remove(stored.key):
                        self._readmit(stored)
                del left[0]
        finally:
            for stored in left:
                self._readmit(stored)

    def admit(self, stored: Stored, cost: int) -> list[Stored]:
        """List a file that is there; return those that must be evicted for it."""
        self.index.use(stored)
        gone = self.index.reserve(stored, cost)
        if gone is not None:
            self.index.admit(stored)
        self.index.release(stored)
        return [stored] if gone is None else gone

    async def refresh(self) -> None:
        """Compare with the folder: other processes may write and remove there.

        What was written least recently counts as used least recently.
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
        """Let nobody find a file any more. It costs until it is removed."""
        stored = Stored(name)
        self.index.use(stored)
        for older in (self.index.peek(name), self.doomed.get(name)):
            if older is not None:
                self.index.charge(stored, older)
        self.index.remove(name)
        self.spare(name)
        self.doomed[name] = stored

    def spare(self, name: str) -> None:
        """Take back a `doom`: the file is gone, or was written anew."""
        stored = self.doomed.pop(name, None)
        if stored is not None:
            self.index.release(stored)

    async def purge(self) -> None:
        """Remove what is doomed; what cannot be removed is at least spoiled."""
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
