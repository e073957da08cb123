"""Memory first, then what lies behind it."""

import os

from proxy.store.content import Content
from proxy.store.key import Key
from proxy.store.port import Head, Kept, Store
from proxy.store.store import TieredStore
from tests.store.test_memory import KB, MB, key, memory


class Behind:
    """Keeps what it is given, in a dict."""

    def __init__(self) -> None:
        self.held: dict[Key, tuple[Head, Content]] = {}
        self.asked: list[Key] = []
        self.closed = False

    def copy(self, key: Key, kept: Kept) -> None:
        """Copy a resource."""
        self.held[key] = (kept.head, Content.of(kept.read(0, kept.size)))

    async def fetch(self, key: Key) -> tuple[Head, Content] | None:
        """Return a resource."""
        self.asked.append(key)
        return self.held.get(key)

    def remove(self, key: Key) -> None:
        """Drop a resource."""
        self.held.pop(key, None)

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


def keep(store: TieredStore, name: Key, data: bytes, *, lasting: bool = False) -> None:
    """Write a resource, and let go of it."""
    writing = store.begin(name, len(data), lasting=lasting)
    assert writing is not None
    assert writing.append(data)
    writing.commit(Head(born_at=7.0))


async def test_what_was_committed_is_found_and_fetched() -> None:
    """It is a store as the rest of the program wants one."""
    store: Store = TieredStore(memory())
    writing = store.begin(key(1), None)
    assert writing is not None
    writing.append(b"0123")
    kept = writing.commit(Head())
    assert store.find(key(1)) is kept
    assert await store.fetch(key(1)) is kept
    store.remove(key(1))
    assert store.find(key(1)) is None
    assert await store.fetch(key(1)) is None


async def test_what_lasts_comes_back_from_behind() -> None:
    """Also after memory has forgotten it. `find` does not wait for it."""
    behind, data = Behind(), os.urandom(300 * KB)
    store = TieredStore(memory(), behind)
    keep(store, key(1), data, lasting=True)
    keep(store, key(2), data)
    assert list(behind.held) == [key(1)]
    store.forget("lobby")
    assert store.find(key(1)) is None
    kept = await store.fetch(key(1))
    assert kept is not None
    assert kept.read(0, kept.size) == data
    assert kept.head.born_at == 7.0
    assert store.find(key(1)) is kept


async def test_live_resources_are_not_looked_for_behind() -> None:
    """A disk takes time to say that it has nothing."""
    behind = Behind()
    store = TieredStore(memory(), behind)
    assert await store.fetch(key(1), lasting=False) is None
    assert behind.asked == []
    assert await store.fetch(key(1)) is None
    assert behind.asked == [key(1)]


async def test_what_is_removed_is_removed_behind_too() -> None:
    """Else it would come back."""
    behind = Behind()
    store = TieredStore(memory(), behind)
    keep(store, key(1), b"1", lasting=True)
    store.remove(key(1))
    assert await store.fetch(key(1)) is None
    await store.close()
    assert behind.closed


async def test_what_it_has_done_is_counted() -> None:
    """A find that fails is no miss yet, as a fetch may follow."""
    store = TieredStore(memory(4 * MB))
    keep(store, key(1), bytes(3 * MB))
    store.find(key(1))
    store.find(key(2))
    await store.fetch(key(1))
    await store.fetch(key(2))
    writing = store.begin(key(3), 2 * MB)
    store.served(1000)
    now = store.statistics()
    assert (now.entries, now.fills, now.evictions) == (0, 1, 1)
    assert (now.hits, now.misses, now.served_bytes) == (2, 1, 1000)
    assert 2 * MB < now.bytes < 2.1 * MB
    del writing
    assert store.statistics().bytes == store.statistics().fills == 0
