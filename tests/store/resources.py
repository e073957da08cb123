"""Resources that tests keep in memory."""

from proxy.store.key import Key
from proxy.store.memory import MemoryStore
from proxy.store.port import Head

KB, MB = 1024, 1024 * 1024


def key(number: int, stream: str = "lobby") -> Key:
    """Return the key of a segment."""
    return Key(stream, f"main/{number}.ts", f"https://a/{number}.ts", "run", number)


def memory(
    budget: int = 64 * MB, *, largest: int = 16 * MB, most_files: int = 100
) -> MemoryStore:
    """Return an empty store."""
    return MemoryStore(budget, largest_bytes=largest, most_files=most_files)


def keep(store: MemoryStore, name: Key, data: bytes, head: Head | None = None) -> None:
    """Write a resource, and release it."""
    writing = store.begin(name, len(data))
    assert writing is not None
    assert writing.append(data)
    writing.commit(head or Head())
