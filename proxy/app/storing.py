"""Builds the store that all streams share, and counts what it does for each of them."""

from proxy import system
from proxy.settings import StoreSettings
from proxy.store.memory import MemoryStore
from proxy.store.store import TieredStore
from proxy.streams.replies import StoreStatus

# Of the descriptors that the program may open. Most are for connections.
_SHARE_OF_FILES = 4
_USUAL_FILES = 1024
_QUARTER = 4


def store_of(settings: StoreSettings) -> TieredStore:
    """Return an empty store."""
    files = (system.most_open_files() or _USUAL_FILES) // _SHARE_OF_FILES
    memory = MemoryStore(
        settings.memory_bytes, largest_bytes=_largest(settings), most_files=files
    )
    return TieredStore(memory)


def resize(store: TieredStore, settings: StoreSettings) -> None:
    """Apply other settings to a store; what has no room any more is dropped."""
    store.resize(settings.memory_bytes, largest_bytes=_largest(settings))


def status_of(store: TieredStore) -> StoreStatus:
    """Return what a store holds."""
    held = store.statistics()
    return StoreStatus(
        bytes=held.bytes,
        budget_bytes=held.budget_bytes,
        entries=held.entries,
        evictions=held.evictions,
    )


def _largest(settings: StoreSettings) -> int:
    return settings.largest_bytes or settings.memory_bytes // _QUARTER
