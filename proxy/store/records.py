"""Keeps checked files in a folder, within a budget.

Decisions are made in the event loop. Threads read and write.

A file is served only after its body was checked, once in each process. When a disk is
full or missing, nothing breaks: `put` writes nothing for a while, and the problem is
reported once.
"""

import asyncio
from collections.abc import Callable

from proxy.clock import Clock
from proxy.store.background import Background
from proxy.store.disk_failures import Troubles
from proxy.store.inventory import Inventory, Stored
from proxy.store.record import Label
from proxy.store.record_file import Opened, RecordBody, cost_of_file
from proxy.store.record_folder import RecordFolder

_LISTING_SHARE = 100
"""After one part in this many of the budget was written, look for the files of other
processes."""


class Records:
    """Files by name. Changes happen one after the other; reads do not wait for them."""

    def __init__(
        self,
        folder: RecordFolder,
        budget_bytes: int,
        *,
        clock: Clock,
        report: Callable[[str], None],
        evicted: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Call `evicted` with the name of each file about to be removed or replaced."""
        self.background = Background()
        self._folder = folder
        self._clock = clock
        self._inventory = Inventory(folder, budget_bytes, self.background, evicted)
        self._troubles = Troubles(str(folder.path), mono=clock.mono, report=report)
        self._changing = asyncio.Lock()
        self._check: asyncio.Task[None] | None = None
        self._listed = False
        self._wanted: dict[str, object] = {}
        """The last `put` of each name that is in progress and was not cancelled."""
        self._prepared = False
        self._seen_parent = False
        self._unlisted_bytes = 0

    @property
    def bytes(self) -> int:
        """The space that the files take on the disk."""
        return self._inventory.index.cost

    @property
    def entries(self) -> int:
        """How many files are known."""
        return len(self._inventory.index)

    @property
    def evictions(self) -> int:
        """How many files were evicted to make room."""
        return self._inventory.index.evictions

    def start(self) -> None:
        """Check all files in the background, and remove the damaged ones."""
        self._check = self.background.later(self._look_through, "check of the store")

    async def checked(self) -> None:
        """Wait until all files have been checked."""
        if self._check is not None:
            await asyncio.wait([self._check])

    async def close(self) -> None:
        """Cancel the check, then finish writing and removing; may be cancelled."""
        if self._check is not None:
            self._check.cancel()
        if self._inventory.doomed:
            self.background.later(self._purge, "removal from the store")
        await self.background.close()

    def may_have(self, name: str) -> bool:
        """Return whether a file may exist; always True before the folder was listed."""
        return not self._listed or self._inventory.index.peek(name) is not None

    def touch(self, name: str) -> None:
        """Mark a file as used now."""
        self._inventory.index.find(name)

    def put(self, name: str, label: Label, body: RecordBody) -> asyncio.Task[bool]:
        """Write or replace a file in the background; the result is False on failure.

        A later `put` or `remove` of the same name wins.
        """
        wanted = self._wanted[name] = object()
        return self.background.later(
            lambda: self._put_in_turn(name, label, body, wanted), "write to the store"
        )

    async def open(self, name: str) -> Opened | None:
        """Return a checked file; None if missing or damaged. Counts as a use."""
        self.touch(name)
        return await self._open(name)

    def remove(self, name: str) -> None:
        """Remove a file. It is not found from now on, even before it is removed."""
        self._wanted.pop(name, None)
        self._inventory.doom(name)
        if not self.background.closed:
            self.background.later(self._purge, "removal from the store")

    async def _put_in_turn(
        self, name: str, label: Label, body: RecordBody, wanted: object
    ) -> bool:
        try:
            async with self._changing:
                idle = self.background.closed or self._troubles.pausing
                if idle or self._wanted.get(name) is not wanted:
                    return False
                return await self._put(name, label, body, wanted)
        except OSError as exc:
            self._failed(exc)
        except ValueError:  # the header is too long
            pass
        finally:
            if self._wanted.get(name) is wanted:
                del self._wanted[name]
        return False

    async def _put(
        self, name: str, label: Label, body: RecordBody, wanted: object
    ) -> bool:
        inventory = self._inventory
        stored, cost = Stored(name), cost_of_file(label, body)
        inventory.index.use(stored)
        try:
            await self._prepare()
            if not await inventory.make_room(stored, cost):
                return False
            written = await inventory.write(stored, label, body)
            self._troubles.worked()
            if not written or self._wanted.get(name) is not wanted:
                return False
            inventory.spare(name)
            inventory.index.admit(stored)
        finally:
            inventory.index.release(stored)
        self._unlisted_bytes += cost
        if self._unlisted_bytes > inventory.index.budget // _LISTING_SHARE:
            await self._refresh()
        return True

    async def _open(self, name: str) -> Opened | None:
        if name in self._inventory.doomed or self.background.closed:
            return None
        index = self._inventory.index
        stored = index.peek(name)
        known, prepared = stored and stored.mark, self._prepared
        try:
            opened = await self.background.read(self._folder.open, name, known)
        except ValueError:
            if index.peek(name) is stored:  # not rewritten meanwhile
                self.remove(name)
            return None
        except OSError as exc:
            # Before the folder was created, its absence is not a failure.
            missing = isinstance(exc, FileNotFoundError | NotADirectoryError)
            if prepared or not missing:
                self._failed(exc)
            return None
        if opened is None and index.peek(name) is stored:
            index.remove(name)
        if opened is None or name in self._inventory.doomed:
            return None
        self._note(name, opened)
        return opened

    def _note(self, name: str, opened: Opened) -> None:
        """Record that a file exists and is undamaged."""
        stored = self._inventory.index.peek(name)
        if stored is not None:
            stored.mark = opened.mark
            return
        gone = self._inventory.admit(Stored(name, opened.mark), opened.cost)
        if gone and not self.background.closed:
            self.background.later(lambda: self._evict(gone), "eviction from the store")

    async def _evict(self, gone: list[Stored]) -> None:
        async with self._changing:
            try:
                await self._inventory.evict(gone)
            except OSError as exc:
                self._failed(exc)

    async def _purge(self) -> None:
        async with self._changing:
            await self._inventory.purge()

    async def _look_through(self) -> None:
        async with self._changing:
            try:
                await self._prepare()
                await self._refresh()
            except OSError as exc:
                self._failed(exc)
                return
        index = self._inventory.index
        for stored in index:
            if stored.mark is None and index.peek(stored.key) is stored:
                began = self._clock.mono()
                await self._open(stored.key)
                # Use the disk only half of the time; others need it too.
                await self._clock.sleep(self._clock.mono() - began)

    async def _prepare(self) -> None:
        if not self._prepared:
            create = not self._seen_parent
            await self.background.write(lambda: self._folder.prepare(create=create))
            self._prepared = self._seen_parent = True

    async def _refresh(self) -> None:
        self._unlisted_bytes = 0
        await self._inventory.refresh()
        self._listed = True

    def _failed(self, error: OSError) -> None:
        self._prepared = False
        self._troubles.failed(error)
