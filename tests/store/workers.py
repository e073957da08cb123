"""Stores of several workers in one process, which share files."""

from collections.abc import Callable
from pathlib import Path

from proxy.store.key import Key, Span
from proxy.store.memory import MemoryStore, MemoryWriting
from proxy.store.port import Head
from proxy.store.shared_files import SharedFiles

KB, MB = 1024, 1024 * 1024
HEAD = Head((("Content-Type", "video/mp2t"), ("ETag", '"1"')), 5.0, 60.0, 7)
WORKERS = 3


def key(number: int, stream: str = "lobby", span: Span | None = None) -> Key:
    """Return the key of a segment."""
    url = f"https://a/{number}.ts"
    return Key(stream, f"main/{number}.ts", url, "run", number, span)


def stores(
    folder: Path,
    budget: int = 16 * MB,
    generations: list[Callable[[str], int]] | None = None,
) -> list[MemoryStore]:
    """Return the empty stores of the workers."""
    folders = [folder / str(number) for number in range(WORKERS)]
    for each in (*folders, turns := folder / "turns"):
        each.mkdir()
    return [
        MemoryStore(
            budget,
            largest_bytes=budget,
            most_files=100,
            shared=SharedFiles(
                own,
                [other for other in folders if other != own],
                turns=turns,
                generation_of=generations[at] if generations else lambda _: 0,
            ),
        )
        for at, own in enumerate(folders)
    ]


def begun(
    store: MemoryStore, name: Key, data: bytes, *, private: bool = False
) -> MemoryWriting:
    """Write all bytes of a resource."""
    writing = store.begin(name, None, private=private)
    assert writing is not None
    for place in range(0, len(data), 100_000):
        assert writing.append(data[place : place + 100_000])
    return writing


def keep(
    store: MemoryStore,
    name: Key,
    data: bytes,
    head: Head = HEAD,
    *,
    private: bool = False,
) -> None:
    """Keep a resource."""
    begun(store, name, data, private=private).commit(head)


def bytes_of(store: MemoryStore, name: Key) -> bytes | None:
    """Return what a worker finds under a key."""
    kept = store.find(name)
    if kept is None:
        return None
    with kept:
        return kept.read(0, kept.size)


def shared_in(folder: Path) -> list[Path]:
    """Return all files."""
    return [path for path in folder.rglob("*") if path.is_file()]
