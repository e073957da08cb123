"""The bytes of one resource: in memory, or in a file."""

import os
from bisect import bisect_right
from collections.abc import Callable
from typing import Self

from proxy.system import files

SMALL_BYTES = 128 * 1024
"""Up to this length, writing bytes to a socket costs less than sendfile from a file."""


_LONG_BYTES = 16 * 1024


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

    Only one thread may add bytes or move them. Any thread may read what is there.
    """

    __slots__ = ("_pieces", "_starts", "offset", "opened", "size")

    def __init__(
        self, opened: OpenFile | None = None, *, offset: int = 0, size: int = 0
    ) -> None:
        self._pieces: list[bytes | bytearray] = []
        self._starts: list[int] = []
        """The position of the first byte of each piece."""
        self.opened = opened
        """The file that holds the bytes; None while they are in memory."""
        self.offset = offset
        """The position of the first byte in the file."""
        self.size = size

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return the content of a complete resource from its bytes."""
        content = cls()
        content.append(data)
        return content

    @property
    def on_disk(self) -> bool:
        """Whether the file is one of a disk store: only there a header comes first."""
        return self.offset > 0

    @property
    def small(self) -> bytes | None:
        """All bytes, if they are in memory and few."""
        if self.opened is not None or self.size > SMALL_BYTES:
            return None
        return self.read(0, self.size)

    def append(self, data: bytes) -> None:
        """Add bytes. If the file has no room, add none and raise OSError."""
        if self.opened is not None:
            place = self.offset + self.size
            files.write_at(self.opened.descriptor, data, place)
        else:
            self._add(data)
        self.size += len(data)

    def _add(self, data: bytes) -> None:
        """Add a piece. Many short ones together are one, since each costs memory."""
        last = self._pieces[-1] if self._pieces else b""
        if isinstance(last, bytearray) and len(last) + len(data) <= SMALL_BYTES:
            last += data
        else:
            long = len(data) >= _LONG_BYTES or not self._pieces
            self._pieces.append(data if long else bytearray(data))
            self._starts.append(self.size)

    def move(self, opened: OpenFile) -> None:
        """Move the bytes to a file; raise OSError if it has no room for them."""
        for start, piece in zip(self._starts, self._pieces, strict=True):
            files.write_at(opened.descriptor, piece, self.offset + start)
        self.opened = opened  # first: another thread may be about to read
        self._pieces, self._starts = [], []

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`, as many as are there."""
        end = min(end, self.size)
        if start >= end:
            return b""
        pieces, starts = self._pieces, self._starts
        if self.opened is not None:
            place = self.offset + start
            return files.read_at(self.opened.descriptor, end - start, place)
        at = bisect_right(starts, start) - 1
        first = pieces[at][start - starts[at] : end - starts[at]]
        found = [first]
        while (start := start + len(found[-1])) < end:
            at += 1
            found.append(pieces[at][: end - start])
        return bytes(found[0]) if len(found) == 1 else b"".join(found)

    def seal(self) -> None:
        """Free the memory that was reserved for more bytes, and join short pieces."""
        if self.opened is None and 0 < self.size <= SMALL_BYTES:
            self._pieces, self._starts = [self.read(0, self.size)], [0]
        elif self._pieces:
            self._pieces[-1] = bytes(self._pieces[-1])
