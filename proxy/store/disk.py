"""The second tier of the store: resources of ended presentations, on a disk.

Each resource is written once, when it is complete. Using it does not write to the disk:
the order of use is known only in memory. After a start, it is the order of the files'
times.
"""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from proxy.clock import Clock
from proxy.store.content import Content
from proxy.store.documents import Documents
from proxy.store.file_labels import key_and_head, label_of
from proxy.store.kept import MemoryKept
from proxy.store.key import Key
from proxy.store.port import Head
from proxy.store.record import file_name
from proxy.store.record_file import Calls
from proxy.store.record_folder import RecordFolder
from proxy.store.records import Records

_DOCUMENTS_SHARE = 16
"""Documents get one part in this many of the budget. They must stay longer than the
resources that they list."""

FoundOnDisk = tuple[Head, Content]


class DiskStore:
    """Keeps complete resources and small documents in a folder."""

    def __init__(
        self,
        folder: Path,
        budget_bytes: int,
        *,
        most_waiting_bytes: int,
        clock: Clock,
        report: Callable[[str], None],
        calls: Calls | None = None,
    ) -> None:
        """Let up to `most_waiting_bytes` wait to be copied; they stay in memory."""
        for_documents = budget_bytes // _DOCUMENTS_SHARE
        self.resources = Records(
            RecordFolder(folder / "resources", calls),
            budget_bytes - for_documents,
            clock=clock,
            report=report,
            evicted=self._leaves,
        )
        self._documents = Records(
            RecordFolder(folder / "documents", calls),
            for_documents,
            clock=clock,
            report=report,
        )
        self.documents = Documents(self._documents)
        self.skipped = 0
        """How many resources were not copied, because too many bytes were waiting."""
        self._most_waiting = most_waiting_bytes
        self._waiting = 0
        self._copying: dict[str, MemoryKept] = {}
        """The newest resource of each name that waits to be copied."""
        self._opened: dict[str, Key] = {}
        """The keys of files that the memory tier may have open, by file name."""
        self._closes: Callable[[Key], None] = lambda _: None

    def start(self, closes: Callable[[Key], None]) -> None:
        """Check the folder in the background.

        From now on, `closes` is called with the key of each file that is about to be
        removed, if the memory tier may have it open. An open file still takes room on
        the disk.
        """
        self._closes = closes
        self.resources.start()
        self._documents.start()

    async def checked(self) -> None:
        """Wait until all files have been checked."""
        await self.resources.checked()
        await self._documents.checked()

    async def copied(self) -> None:
        """Wait until everything that waits to be copied is on the disk."""
        await self.resources.background.finish()

    async def close(self) -> None:
        """Finish copying. The caller may cancel this when its time is over."""
        await asyncio.gather(self.resources.close(), self._documents.close())

    def touch(self, kept: MemoryKept) -> None:
        """Mark a resource as used on the disk too, when it was used in memory."""
        if kept.file_name:
            self.resources.touch(kept.file_name)

    def copy(self, kept: MemoryKept) -> None:
        """Copy a complete resource in the background."""
        name = _name(kept.key)
        if self._waiting + kept.size > self._most_waiting:
            self.skipped += 1
            self._supersede(name)
            return
        self._waiting += kept.size
        kept.__enter__()  # until it is copied
        self._copying[name] = kept
        copying = self.resources.put(name, label_of(kept.key, kept.head), kept)
        copying.add_done_callback(lambda done: self._copied(kept, name, done))

    def supersede(self, kept: MemoryKept) -> None:
        """Drop the disk copy under a key: newer bytes are in memory only."""
        self._supersede(_name(kept.key))

    async def fetch(self, key: Key) -> FoundOnDisk | None:
        """Return a resource; None if it is missing or damaged."""
        name = _name(key)
        opened = await self.resources.open(name)
        if opened is None:
            return None
        with contextlib.suppress(ValueError):  # written by another version
            found, head = key_and_head(opened.label)
            if found == key:
                return head, opened.content
        self.resources.remove(name)
        return None

    def adopted(self, key: Key, kept: MemoryKept) -> MemoryKept:
        """Record that the memory tier now has a fetched resource; return it."""
        kept.file_name = _name(key)
        if kept.content.on_disk:
            self._opened[kept.file_name] = key
        return kept

    def remove(self, key: Key) -> None:
        """Remove a resource. It is not found from now on."""
        self._copying.pop(_name(key), None)
        self.resources.remove(_name(key))

    def _copied(self, kept: MemoryKept, name: str, done: asyncio.Task[bool]) -> None:
        kept.__exit__(None, None, None)
        self._waiting -= kept.size
        if self._copying.get(name) is not kept:
            return  # a later copy or a removal has replaced it
        del self._copying[name]
        if not done.cancelled() and done.exception() is None and done.result():
            kept.file_name = name
        else:
            self._supersede(name)

    def _supersede(self, name: str) -> None:
        self._copying.pop(name, None)
        if self.resources.may_have(name):
            self.resources.remove(name)

    def _leaves(self, name: str) -> None:
        key = self._opened.pop(name, None)
        if key is not None:
            self._closes(key)


def _name(key: Key) -> str:
    return file_name("resource", *key)
