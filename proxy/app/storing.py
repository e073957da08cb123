"""Builds the store that all streams share, and counts what it does for each of them."""

import structlog

from proxy.clock import Clock
from proxy.settings import StoreSettings
from proxy.store.disk import DiskStore
from proxy.store.memory import MemoryStore
from proxy.store.store import TieredStore
from proxy.streams.playlist_store import PlaylistStore
from proxy.streams.status import StoreStatus
from proxy.system import processes

log = structlog.get_logger()

# Resources on the disk may use one in this many file descriptors of the process. Most
# descriptors are for connections.
_SHARE_OF_FILES = 4
_USUAL_FILES = 1024
_QUARTER = 4


def disk_of(settings: StoreSettings, clock: Clock) -> DiskStore | None:
    """Return the disk store, which survives a restart; None if none is configured."""
    if settings.dir is None:
        return None
    return DiskStore(
        settings.dir,
        settings.disk_bytes,
        most_waiting_bytes=settings.memory_bytes // _QUARTER,
        clock=clock,
        report=_report,
    )


def playlists_of(
    settings: StoreSettings, disk: DiskStore | None, clock: Clock
) -> PlaylistStore | None:
    """Return the store for playlists of recordings; None without a disk store."""
    if disk is None:
        return None
    return PlaylistStore(
        disk.documents, offline_seconds=settings.offline_for, clock=clock
    )


def store_of(settings: StoreSettings, disk: DiskStore | None = None) -> TieredStore:
    """Return a new store whose memory is empty."""
    files = (processes.most_open_files() or _USUAL_FILES) // _SHARE_OF_FILES
    memory = MemoryStore(
        settings.memory_bytes, largest_bytes=_largest(settings), most_files=files
    )
    return TieredStore(memory, disk)


def resize(store: TieredStore, settings: StoreSettings) -> None:
    """Apply new settings to a store; drop resources if it has become too small."""
    store.resize(settings.memory_bytes, largest_bytes=_largest(settings))


def status_of(store: TieredStore) -> StoreStatus:
    """Return how much a store holds."""
    held = store.statistics()
    return StoreStatus(
        bytes=held.bytes,
        budget_bytes=held.budget_bytes,
        entries=held.entries,
        evictions=held.evictions,
    )


def _report(trouble: str) -> None:
    """Log that the disk cannot be used."""
    log.warning("store", about=f"nothing is kept on the disk for now: {trouble}")


def _largest(settings: StoreSettings) -> int:
    return settings.largest_bytes or settings.memory_bytes // _QUARTER
