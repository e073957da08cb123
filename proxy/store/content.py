"""The bytes of one resource: in memory if it is small, else in a file."""

import os
from collections.abc import Callable
from typing import Self

from proxy.system import files

SMALL_BYTES = 128 * 1024
"""Up to this length, writing bytes to a socket costs less than sendfile from a file."""


class OpenFile:
    """A descriptor that is closed when nothing refers to this object any more.

    So it cannot be closed, and its number reused, while a reader still uses it.
    """

    __slots__ = ("descriptor",)

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def anonymous(cls) -> Self:
        """Open a file without a name; raise OSError if that is impossible."""
        return cls(files.anonymous_file())

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        close(self.descriptor)


class Content:
    """Bytes that can be read while more are added at the end.

    Only one thread may add bytes. Any thread may read the bytes that are there.
    """

    __slots__ = ("_bytes", "offset", "opened", "size")

    def __init__(
        self, opened: OpenFile | None = None, *, offset: int = 0, size: int = 0
    ) -> None:
        self._bytes: bytearray | bytes = b""
        self.opened = opened
        """The file that holds the bytes; None while they are in memory."""
        self.offset = offset
        """The position of the first byte in the file."""
        self.size = size

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the content of a complete resource from its bytes."""
        content = cls(size=len(data))
        content._bytes = data
        return content

    @property
    def on_disk(self) -> bool:
        """Whether the file is one of a disk store: only there a header comes first."""
        return self.offset > 0

    @property
    def small(self) -> bytes | None:
        """All bytes, if they are in memory."""
        return None if self.opened else bytes(self._bytes)

    def append(self, data: bytes) -> None:
        """Add bytes. If the file has no room, add none and raise OSError."""
        if self.opened is not None:
            place = self.offset + self.size
            files.write_at(self.opened.descriptor, data, place)
        elif not self._bytes:
            self._bytes = data  # often all there is: no copy
        else:
            if isinstance(self._bytes, bytes):
                self._bytes = bytearray(self._bytes)
            self._bytes += data
        self.size += len(data)

    def move(self, opened: OpenFile) -> None:
        """Move the bytes to a file; raise OSError if it has no room for them."""
        files.write_at(opened.descriptor, self._bytes, 0)
        self.opened = opened
        self._bytes = b""

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`, as many as are there."""
        end = min(end, self.size)
        if start >= end:
            return b""
        if self.opened is None:
            return bytes(memoryview(self._bytes)[start:end])
        place = self.offset + start
        return files.read_at(self.opened.descriptor, end - start, place)

    def seal(self) -> None:
        """Free the memory that was reserved for more bytes."""
        self._bytes = bytes(self._bytes)
