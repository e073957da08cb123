"""The bytes of one resource: in memory, or in a file."""

import os
from collections.abc import Callable
from mmap import mmap
from typing import Self

from proxy.system import files

SMALL_BYTES = 128 * 1024
"""Up to this length, writing bytes to a socket costs less than sendfile from a file."""

BLOCK_BYTES = 64 * 1024


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


class Blocks:
    """Memory for long resources, in blocks of one length that are used again and again.

    The blocks do not come from the C library. Between its other uses up to a quarter of
    the memory would lie idle.
    """

    def __init__(self) -> None:
        self._free: list[mmap] = []

    def __len__(self) -> int:
        return len(self._free)

    def take(self) -> mmap:
        """Return a block; its bytes are arbitrary. Raises OSError without memory."""
        return self._free.pop() if self._free else files.memory_block(BLOCK_BYTES)

    def give(self, blocks: list[mmap]) -> None:
        """Take blocks back; nobody may use them any more. Callable from any thread."""
        self._free += blocks

    def trim(self, most: int) -> None:
        """Free blocks until at most this many are unused."""
        del self._free[most:]


class Content:
    """Bytes that can be read while more are added at the end.

    Only one thread may add bytes or move them. Any thread may read what is there.
    """

    __slots__ = ("_blocks", "_few", "_memory", "offset", "opened", "size")

    def __init__(
        self,
        opened: OpenFile | None = None,
        *,
        offset: int = 0,
        size: int = 0,
        memory: Blocks | None = None,
    ) -> None:
        """`memory` is where long contents get their blocks."""
        self._memory = Blocks() if memory is None else memory
        self._few: bytes | bytearray = b""
        """All bytes, while they are few."""
        self._blocks: list[mmap] = []
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

    def __del__(self) -> None:
        self._memory.give(self._blocks)

    @property
    def on_disk(self) -> bool:
        """Whether the file is one of a disk store: only there a header comes first."""
        return self.offset > 0

    @property
    def small(self) -> bytes | None:
        """All bytes, if they are in memory and few."""
        long = self.opened is not None or self._blocks
        return None if long else bytes(self._few)

    def append(self, data: bytes) -> None:
        """Add bytes. If there is no room for them, add none and raise OSError."""
        if self.opened is not None:
            place = self.offset + self.size
            files.write_at(self.opened.descriptor, data, place)
        elif self.size + len(data) > SMALL_BYTES:
            self._make_room(self.size + len(data))
            self._fill(self._few, 0)
            self._few = b""
            self._fill(data, self.size)
        elif not self._few:
            self._few = data  # often all there is: no copy
        else:
            if isinstance(self._few, bytes):
                self._few = bytearray(self._few)
            self._few += data
        self.size += len(data)

    def _make_room(self, size: int) -> None:
        missing = footprint(size) // BLOCK_BYTES - len(self._blocks)
        blocks: list[mmap] = []
        try:
            while len(blocks) < missing:
                blocks.append(self._memory.take())
        except OSError:
            self._memory.give(blocks)
            raise
        self._blocks += blocks

    def _fill(self, data: bytes | bytearray, place: int) -> None:
        """Write bytes to the blocks."""
        rest = memoryview(data)
        while rest:
            number, at = divmod(place, BLOCK_BYTES)
            part = rest[: BLOCK_BYTES - at]
            self._blocks[number][at : at + len(part)] = part
            rest, place = rest[len(part) :], place + len(part)

    def move(self, opened: OpenFile) -> None:
        """Move the bytes to a file; raise OSError if it has no room for them."""
        for place in range(0, self.size, BLOCK_BYTES):
            piece = self.read(place, place + BLOCK_BYTES)
            files.write_at(opened.descriptor, piece, self.offset + place)
        self.opened = opened  # first: another thread may be about to read
        blocks, self._blocks, self._few = self._blocks, [], b""
        # That thread may still read from these.
        del blocks

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`, as many as are there."""
        end = min(end, self.size)
        if start >= end:
            return b""
        blocks, few = self._blocks, self._few
        if self.opened is not None:
            place = self.offset + start
            return files.read_at(self.opened.descriptor, end - start, place)
        if not blocks:
            return bytes(memoryview(few)[start:end])
        first, last = start // BLOCK_BYTES, -(-end // BLOCK_BYTES)
        pieces = [memoryview(block) for block in blocks[first:last]]
        pieces[-1] = pieces[-1][: end - (last - 1) * BLOCK_BYTES]
        pieces[0] = pieces[0][start - first * BLOCK_BYTES :]
        return b"".join(pieces)

    def seal(self) -> None:
        """Free the memory that was reserved for more bytes."""
        self._few = bytes(self._few)


def footprint(size: int) -> int:
    """Return how much memory a content of this length needs, in bytes."""
    return size if size <= SMALL_BYTES else -(-size // BLOCK_BYTES) * BLOCK_BYTES
