"""Builds the store that all streams share, and counts what it does for each of them."""

import structlog

from proxy.app.commons import Commons
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


def store_of(
    settings: StoreSettings,
    disk: DiskStore | None = None,
    commons: Commons | None = None,
) -> TieredStore:
    """Return a new store whose memory is empty."""
    files = (processes.most_open_files() or _USUAL_FILES) // _SHARE_OF_FILES
    memory = MemoryStore(
        _budget(settings, commons),
        largest_bytes=_largest(settings),
        most_files=files,
        shared=commons.files if commons else None,
    )
    return TieredStore(memory, disk)


def resize(
    store: TieredStore, settings: StoreSettings, commons: Commons | None = None
) -> None:
    """Apply new settings to a store; drop resources if it has become too small."""
    store.resize(_budget(settings, commons), largest_bytes=_largest(settings))


def status_of(store: TieredStore, commons: Commons | None = None) -> StoreStatus:
    """Return how much a store holds."""
    held = store.statistics()
    return StoreStatus(
        bytes=held.bytes,
        budget_bytes=held.budget_bytes,
        entries=held.entries,
        evictions=held.evictions,
        shared=commons is not None,
    )


def _budget(settings: StoreSettings, commons: Commons | None) -> int:
    """Return how many bytes this process may keep.

    A resource counts in each worker that has it. So all together never need more than
    what is configured, whichever of them uses a resource last.
    """
    return settings.memory_bytes // (commons.workers if commons else 1)


def _report(trouble: str) -> None:
    """Log that the disk cannot be used."""
    log.warning("store", about=f"nothing is kept on the disk for now: {trouble}")


def _largest(settings: StoreSettings) -> int:
    return settings.largest_bytes or settings.memory_bytes // _QUARTER
