"""The recently loaded playlists of all streams, within one limit."""

import contextlib
from dataclasses import KW_ONLY, dataclass
from typing import NamedTuple

from cachetools import LRUCache

from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.headers import Fields
from proxy.localise.shelf import Shelf
from proxy.replies import PlaylistReply, PreparedPlaylist

# The cost of a snapshot besides its bytes: fields, forms, its place in the store.
_OVERHEAD_BYTES = 2048


class SnapshotKey(NamedTuple):
    """Which request a playlist answers."""

    shelf: Shelf
    path: str
    query: str
    root: str
    """Empty for playlists that do not contain it."""


@dataclass(slots=True)
class Snapshot:
    """A kept playlist."""

    body: bytes
    headers: Fields
    _: KW_ONLY
    forms: dict[bool, PreparedPlaylist]
    born_at: float
    """When its age was zero, in monotonic seconds."""
    fresh_until: float
    usable_until: float
    asked_at: float
    """When the upstream was asked, in monotonic seconds."""
    ended: bool
    """Whether the playlist has ended and will never change."""
    lasting: bool = False
    """Whether it is from `kept_playlists`, and may bridge any failure but a refusal."""
    reply: PlaylistReply | None = None
    """The last reply that was sent, reused within the same second."""
    hit: CacheStatus | None = None
    """The last Cache-Status for a hit, reused in the same way."""

    @property
    def size(self) -> int:
        """Return how many bytes it may need, including the compressed form."""
        return 2 * len(self.body) + _OVERHEAD_BYTES


class SnapshotStore:
    """Keeps snapshots of all streams; the least recently used are dropped first."""

    def __init__(self, limit_bytes: int) -> None:
        self.kept = _cache(limit_bytes)

    def resize(self, limit_bytes: int) -> None:
        """Change the limit."""
        if limit_bytes == self.kept.maxsize:
            return
        before, self.kept = self.kept, _cache(limit_bytes)
        while before:
            key, snapshot = before.popitem()
            with contextlib.suppress(ValueError):  # larger than the whole store
                self.kept[key] = snapshot

    def forget(self, owner: object) -> None:
        """Drop the snapshots of a stream that has ended."""
        for key in [key for key in self.kept if key.shelf.owner is owner]:
            del self.kept[key]


def _cache(limit_bytes: int) -> LRUCache[SnapshotKey, Snapshot]:
    return LRUCache(limit_bytes, getsizeof=lambda snapshot: snapshot.size)
