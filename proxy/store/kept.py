"""A complete resource, in the form in which it is sent to players."""

from types import TracebackType
from typing import Self

from proxy.store.content import SMALL_BYTES, Content, OpenFile
from proxy.store.index import Index, Item
from proxy.store.key import Key
from proxy.store.port import Head
from proxy.store.shared_files import SharedName


class MemoryKept(Item[Key]):
    """A complete resource. It is not evicted while it is used as a context.

    A resource that was found and then evicted can still be entered and read.
    """

    __slots__ = ("_index", "content", "file_name", "head", "shared")

    def __init__(
        self, key: Key, index: Index[Key, "MemoryKept"], content: Content
    ) -> None:
        super().__init__(key)
        self.head = Head()
        self.content = content
        self.file_name = ""
        """The file name of the same resource on a disk; empty if it is not there."""
        self.shared: SharedName | None = None
        """The name under which other workers find it; None if they do not."""
        self._index = index

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return self.content.size

    @property
    def body(self) -> bytes | None:
        """All bytes, if the resource is small enough to be kept as bytes; else None."""
        return self.content.small

    @property
    def file(self) -> tuple[int, int] | None:
        """The file's descriptor, and the offset of the first byte in the file."""
        opened = self.content.opened or self._moved()
        return None if opened is None else (opened.descriptor, self.content.offset)

    def _moved(self) -> OpenFile | None:
        """Move many bytes to a file, and return it; None if they stay in memory.

        This is done when it is first sent to a player: writing a file takes twice as
        long as sending it, and most resources are sent only while they are fetched.
        """
        few = self.content.size <= SMALL_BYTES
        if few or self._index.reserve(self, 0, files=1) is None:
            return None
        try:
            self.content.move(OpenFile.anonymous())
        except OSError:  # no descriptor is free, or a temporary file has no room
            self._index.refund(self, 0, files=1)
        return self.content.opened

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
