"""A complete resource, as it is handed to those who send it to players."""

from types import TracebackType
from typing import Self

from proxy.store.content import Content
from proxy.store.index import Index, Item
from proxy.store.key import Key
from proxy.store.port import Head


class MemoryKept(Item[Key]):
    """A complete resource. Use it as a context, and it is not evicted meanwhile.

    One that was found and then evicted can still be entered and read.
    """

    __slots__ = ("_index", "content", "file_name", "head")

    def __init__(
        self, key: Key, index: Index[Key, "MemoryKept"], content: Content
    ) -> None:
        super().__init__(key)
        self.head = Head()
        self.content = content
        self.file_name = ""
        """Of the same resource on a disk, if it is there."""
        self._index = index

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.content.size

    @property
    def body(self) -> bytes | None:
        """All bytes, if it is small enough to be kept as bytes; else None."""
        return self.content.small

    @property
    def file(self) -> tuple[int, int] | None:
        """The descriptor of a file, and the offset of the first byte in it."""
        opened = self.content.opened
        return None if opened is None else (opened.descriptor, self.content.offset)

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`; callable from any thread."""
        return self.content.read(start, end)

    def __enter__(self) -> Self:
        self._index.use(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._index.release(self)
