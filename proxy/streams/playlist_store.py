"""Keeps the playlists of all streams on a disk, and those in use in memory too."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.streams.kept_playlist import KeptPlaylist, decoded, encoded
from proxy.tasks import started

_MEMORY_BYTES = 32 * 1024 * 1024
# Writing at each confirmation would wear out the disk. So the time on the disk may be
# too early by this share of `offline_for`. The offline time is shorter by as much.
_EARLY_SHARE = 0.05
LOOK_SECONDS = 60.0
"""How long a playlist in memory is used before the disk is read again. Another process
(`prefetch`) may have confirmed or replaced it there."""

# The same for a playlist that is missing or may no longer be used.
_MISSING_SECONDS = 5.0
_MOST_NAMES = 10_000


class Documents(Protocol):
    """Keeps documents across a restart."""

    async def put(self, name: str, data: bytes) -> bool:
        """Keep a document; return False if that is not possible now."""
        ...

    async def get(self, name: str) -> bytes | None:
        """Return the document if it is complete, else None."""
        ...

    def remove(self, name: str) -> None:
        """Drop a document."""
        ...


class PlaylistStore:
    """Keeps playlists of ended presentations by name."""

    def __init__(
        self, documents: Documents, *, offline_seconds: float, clock: Clock
    ) -> None:
        """`offline_seconds`: how long a playlist may be used after a confirmation."""
        self.offline_seconds = offline_seconds
        self.blind = False
        """Whether playlists on the disk are ignored, so that the platform is asked."""
        self._documents = documents
        self._clock = clock
        self._writes = dict[str, asyncio.Task[None]]()
        self._others = set[asyncio.Task[None]]()
        self._known: LRUCache[str, KeptPlaylist] = LRUCache(
            _MEMORY_BYTES, getsizeof=lambda kept: kept.size
        )
        # What was read from the disk or written to it: a digest, and the time of the
        # confirmation.
        self._written: LRUCache[str, tuple[int, float]] = LRUCache(_MOST_NAMES)
        self._looked_at: LRUCache[str, float] = LRUCache(_MOST_NAMES)

    def find(self, name: str) -> KeptPlaylist | None:
        """Return a playlist that is in memory, however old."""
        return self._known.get(name)

    async def get(self, name: str, *, again: bool = False) -> KeptPlaylist | None:
        """Return a playlist, however old; None if none is kept.

        With `again`, the disk is read even if it was just read.
        """
        known, now = self._known.get(name), self._clock.mono()
        pause = LOOK_SECONDS if known and not again else _MISSING_SECONDS
        unseen = self.blind and not again
        if unseen or now < self._looked_at.get(name, -pause) + pause:
            return known
        self._looked_at[name] = now
        document = await self._documents.get(name)
        found = None if document is None else decoded(document)
        # The upstream may have sent a newer one, also during the wait above.
        known = self._known.get(name)
        if found is None or (known and known.confirmed.at >= found.confirmed.at):
            return known
        self._written[name] = _mark(found), found.confirmed.at
        self._remember(name, found)
        return found

    def put(self, name: str, kept: KeptPlaylist) -> None:
        """Keep a playlist in memory, and write it to the disk in the background."""
        self._remember(name, kept)
        self._looked_at[name] = self._clock.mono()
        mark, at = self._written.get(name, (0, 0.0))
        early = kept.confirmed.at - at
        if mark != _mark(kept) or early > _EARLY_SHARE * self.offline_seconds:
            self._start_writing(name)

    def remove(self, name: str) -> None:
        """Drop a playlist."""
        self._known.pop(name, None)
        self._written.pop(name, None)
        self._documents.remove(name)

    async def close(self) -> None:
        """Wait until all playlists are written and all background work is done."""
        while tasks := {*self._writes.values(), *self._others}:
            await asyncio.wait(tasks)

    def later(self, make: Callable[[], Awaitable[None]]) -> None:
        """Do something in the background; `close` waits for it."""
        task = started(make, name="kept playlists")
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    def _remember(self, name: str, kept: KeptPlaylist) -> None:
        self._known.pop(name, None)
        if kept.size <= self._known.maxsize:
            self._known[name] = kept

    def _start_writing(self, name: str) -> None:
        if name not in self._writes:
            task = started(partial(self._write, name), name="keeping a playlist")
            self._writes[name] = task
            task.add_done_callback(lambda _: self._writes.pop(name, None))

    async def _write(self, name: str) -> None:
        """Write the newest version; repeat if a newer one arrives meanwhile."""
        written = None
        while (kept := self._known.get(name)) is not written and kept is not None:
            if not await self._documents.put(name, encoded(kept)):
                return
            self._written[name] = _mark(kept), kept.confirmed.at
            written = kept


def _mark(kept: KeptPlaylist) -> int:
    return hash((kept.facts.body, kept.source, kept.validators, kept.headers))
