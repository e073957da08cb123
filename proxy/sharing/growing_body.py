"""The bytes of a resource while it is fetched. Many readers read at their own pace.

Received bytes are in a writing of the store. Readers read from there, so a slow reader
costs nothing and does not slow down the others. If the body is larger than the store
allows, only its tail is kept in memory. Then the upstream is read only as fast as the
slowest reader reads. But a reader that holds up others for too long is cut off, and
must get the rest with its own request.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from math import inf

from proxy.clock import Clock
from proxy.errors import HlsAuthProxyError, TruncatedError
from proxy.store.port import Head, Kept, Writing

PIECE_BYTES = 256 * 1024
"""How many earlier bytes are read at once. The same number of the newest bytes is also
kept in memory beside the store, because that costs readers less than a file."""

PIECES_BYTES = 32 * 1024 * 1024
"""The limit for the current pieces of all readers of one body together. But each reader
gets pieces of at least 64 KiB. A slow player holds one piece, and the bytes of it that
could not be sent yet."""

_LEAST_PIECE_BYTES = 64 * 1024

TAIL_BYTES = 1024 * 1024
"""How far the readers may be behind if the store has no room for the body."""

HELD_UP_SECONDS = 1.0
"""How long in total a reader may hold up others that have read everything so far."""

# A tolerance, because clocks are not exact.
_TINY_SECONDS = 0.001


class BodyReader:
    """A reader of a body that is being fetched."""

    __slots__ = ("at", "cut", "held_up")

    def __init__(self, at: int) -> None:
        self.at = at
        """The position of the next byte it reads."""
        self.cut = False
        """Whether it was cut off, because others waited too long for it."""
        self.held_up = 0.0
        """For how many seconds others have waited for it."""


class Growing:
    """A body that is being fetched. Call `end` or `fail` once."""

    def __init__(self, writing: Writing, *, clock: Clock) -> None:
        """Take over a new writing. This object commits or drops it."""
        self.size = 0
        """How many bytes have come."""
        self.readers: set[BodyReader] = set()
        # A reference to the writing keeps its bytes in memory, so this is the only one.
        self._writing: Writing | None = writing
        self._kept: Kept | None = None
        self._stored = 0
        self._tail: deque[bytes] = deque()
        self._clock = clock
        self._recent: deque[bytes] = deque()
        self._recent_bytes = 0
        self._ended = False
        self._error: HlsAuthProxyError | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._room: asyncio.Event | None = None

    @property
    def is_stored(self) -> bool:
        """Whether all bytes so far are in the store."""
        return self._stored == self.size

    def append(self, data: bytes) -> bool:
        """Add bytes; return False if the store has no room for them.

        If False, wait for `room` before appending more.
        """
        stored = self.is_stored and bool(self._writing and self._writing.append(data))
        if stored:
            self._stored += len(data)
        else:
            if self.is_stored and self._writing is not None:
                self._writing.drop()
            self._tail.append(data)
        self.size += len(data)
        self._remember(data)
        self._wake()
        return stored

    def end(self, head: Head | None) -> bool:
        """Mark the end. With a head, keep the body if all of it is in the store.

        Call it only if the body is known to be complete. Return whether it is kept.
        """
        writing = self._writing
        if head is not None and self.is_stored and writing is not None:
            self._kept = writing.commit(head).__enter__()
            self._writing = None
        elif writing is not None:
            writing.drop()
        self._ended, keeps = True, self._kept is not None
        self._wake()
        return keeps

    def fail(self, error: HlsAuthProxyError) -> None:
        """Record a failure. Readers get the bytes so far, and then this error."""
        if self._writing is not None:
            self._writing.drop()
        self._error = error
        self._wake()

    def release(self) -> None:
        """Free the bytes. Call this once, when there will be no more readers."""
        kept, self._kept, self._writing = self._kept, None, None
        self._tail.clear()
        self._recent.clear()
        self._recent_bytes = 0
        if kept is not None:
            kept.__exit__(None, None, None)

    def enter(self, at: int) -> BodyReader:
        """Return a reader that begins at a position; end it with `leave`."""
        reader = BodyReader(at)
        self.readers.add(reader)
        return reader

    def leave(self, reader: BodyReader) -> None:
        """Remove a reader."""
        self.readers.discard(reader)
        if self._room is not None:
            self._room.set()

    async def read(self, reader: BodyReader, end: int | None) -> bytes:
        """Return the next bytes for a reader, at most up to `end`; b"" at the end.

        Waits until there are bytes. Raises the error of the body if it failed, and
        TruncatedError if the reader was cut off.
        """
        if end is not None and reader.at >= end:
            return b""
        while reader.at >= self.size:
            if self._error is not None:
                raise self._error.without_trace()
            if self._ended:
                return b""
            await self._news()
        if reader.cut:
            raise TruncatedError("too slow for a body that the store cannot hold")
        share = max(PIECES_BYTES // max(len(self.readers), 1), _LEAST_PIECE_BYTES)
        most = min(share, PIECE_BYTES)
        if end is not None:
            most = min(most, end - reader.at)
        data = self._at(reader.at, most)
        reader.at += len(data)
        if self._room is not None:
            self._room.set()
        return data

    async def room(self) -> None:
        """Wait until another piece may be appended although it is not stored."""
        self._room = self._room or asyncio.Event()
        while self._trimmed() > TAIL_BYTES and self.readers:
            self._room.clear()
            behind, since = self._behind(), self._clock.mono()
            left = min((HELD_UP_SECONDS - one.held_up for one in behind), default=inf)
            with contextlib.suppress(TimeoutError):
                async with self._clock.timeout(left):
                    await self._room.wait()
            for one in behind:
                one.held_up += self._clock.mono() - since
                one.cut |= one.held_up >= HELD_UP_SECONDS - _TINY_SECONDS

    def _behind(self) -> list[BodyReader]:
        """Return the readers that hold up a reader which has read everything so far."""
        if all(one.at < self.size for one in self.readers):
            return []
        dropped = self.size - sum(map(len, self._tail))
        last = max(dropped + len(self._tail[0]), self.size - TAIL_BYTES)
        return [one for one in self.readers if one.at < last and not one.cut]

    def _at(self, at: int, most: int) -> bytes:
        """Return at most this many bytes from a position."""
        start = self.size - self._recent_bytes
        if at >= start:
            return _joined(self._recent, at - start, most)
        if at < self._stored:
            source = self._kept or self._writing
            if source is None:
                raise TruncatedError("the bytes are gone")
            return source.read(at, min(at + most, self._stored))
        start = self.size - sum(map(len, self._tail))
        for piece in self._tail:
            if at < start + len(piece):
                return piece[at - start :][:most]
            start += len(piece)
        raise TruncatedError("the bytes are gone")

    def _remember(self, data: bytes) -> None:
        """Keep the newest bytes in memory: most readers need these."""
        self._recent.append(data)
        self._recent_bytes += len(data)
        while self._recent_bytes > PIECE_BYTES and len(self._recent) > 1:
            self._recent_bytes -= len(self._recent.popleft())

    def _trimmed(self) -> int:
        """Drop the part of the tail that all have read; return the remaining size."""
        slowest = min((one.at for one in self.readers if not one.cut), default=0)
        if slowest >= self._stored:
            self._writing = None  # no reader needs the beginning any more
        held = sum(map(len, self._tail))
        while self._tail and self.size - held + len(self._tail[0]) <= slowest:
            held -= len(self._tail.popleft())
        return held

    async def _news(self) -> None:
        """Wait until more bytes came, or the end."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        finally:
            if not future.done() or future.cancelled():
                self._waiting = [each for each in self._waiting if each is not future]

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


def _joined(pieces: Iterable[bytes], skip: int, most: int) -> bytes:
    """Return at most `most` bytes of the joined pieces, after `skip` bytes.

    Makes no copy if the result is one whole piece.
    """
    found: list[bytes] = []
    for piece in pieces:
        if most <= 0:
            break
        part = piece[skip : skip + most]
        if part:
            found.append(part)
        skip = max(0, skip - len(piece))
        most -= len(part)
    return b"".join(found)
