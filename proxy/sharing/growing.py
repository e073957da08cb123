"""The bytes of a resource while it is fetched, read by many at their own pace.

What came is in a writing of the store. Readers read from there, so one that is slow
costs nothing, and does not slow the others. If the body turns out larger than the store
allows, only its tail is kept in memory. Then the upstream is read as fast as the
slowest reader reads, but a reader that is slower than others soon has to go on by
itself.
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
"""How much is read at once of what came earlier. As much of what came last is kept at
hand beside the store, which costs readers less than a file."""

PIECES_BYTES = 32 * 1024 * 1024
"""All readers of one body get pieces of about so many bytes together, unless that is
less than 64 KiB for each. A player that is slow holds one piece, and what of it could
not be sent."""

_LEAST_PIECE_BYTES = 64 * 1024

TAIL_BYTES = 1024 * 1024
"""How far the readers may be behind if the store has no room for the body."""

HELD_UP_SECONDS = 1.0
"""How long a reader may hold up others, in all, that have read all that came."""

# Clocks are not exact.
_TINY_SECONDS = 0.001


class Reader:
    """One who reads a body while it is fetched."""

    __slots__ = ("at", "cut", "held_up")

    def __init__(self, at: int) -> None:
        self.at = at
        """The position of the next byte it reads."""
        self.cut = False
        """Whether the others waited too long for it."""
        self.held_up = 0.0
        """For how many seconds others waited for it."""


class Growing:
    """A body that is being fetched. Its end, or its failure, comes once."""

    def __init__(self, writing: Writing, *, clock: Clock) -> None:
        """Take over a new writing, and end it."""
        self.size = 0
        """How many bytes came."""
        self.readers: set[Reader] = set()
        # Whoever has the writing keeps its bytes in memory, so nobody else has it.
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
        """Whether all that came is in the store."""
        return self._stored == self.size

    def append(self, data: bytes) -> bool:
        """Add bytes; return False if the store has no room for them.

        Then wait for `room` before the next ones.
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
        """Mark the end; with a head, keep what came if all of it is stored.

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
        """Let the readers have what came, and then this error."""
        if self._writing is not None:
            self._writing.drop()
        self._error = error
        self._wake()

    def release(self) -> None:
        """Let go of the bytes; call it once, when nobody will read them."""
        kept, self._kept, self._writing = self._kept, None, None
        self._tail.clear()
        self._recent.clear()
        self._recent_bytes = 0
        if kept is not None:
            kept.__exit__(None, None, None)

    def enter(self, at: int) -> Reader:
        """Return a reader that begins at a position; it must `leave`."""
        reader = Reader(at)
        self.readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        self.readers.discard(reader)
        if self._room is not None:
            self._room.set()

    async def read(self, reader: Reader, end: int | None) -> bytes:
        """Return the next bytes for a reader, at most up to `end`; none at the end.

        Waits until there are some. Raises the error with which the body failed.
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
        """Wait until another piece may be appended that is not stored."""
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

    def _behind(self) -> list[Reader]:
        """Return the readers that hold up others, which have read all that came."""
        if all(one.at < self.size for one in self.readers):
            return []
        dropped = self.size - sum(map(len, self._tail))
        last = max(dropped + len(self._tail[0]), self.size - TAIL_BYTES)
        return [one for one in self.readers if one.at < last and not one.cut]

    def _at(self, at: int, most: int) -> bytes:
        """Return some of the bytes that begin at a position."""
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
        """Keep what came last at hand: most readers are here."""
        self._recent.append(data)
        self._recent_bytes += len(data)
        while self._recent_bytes > PIECE_BYTES and len(self._recent) > 1:
            self._recent_bytes -= len(self._recent.popleft())

    def _trimmed(self) -> int:
        """Drop what all readers have read of the tail; return the size of the rest."""
        slowest = min((one.at for one in self.readers if not one.cut), default=0)
        if slowest >= self._stored:
            self._writing = None  # nobody needs the beginning any more
        held = sum(map(len, self._tail))
        while self._tail and self.size - held + len(self._tail[0]) <= slowest:
            held -= len(self._tail.popleft())
        return held

    async def _news(self) -> None:
        """Wait until something came, or the end."""
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
    """Return at most so many bytes of the pieces in one, without the first ones.

    No copy is made if that is a whole piece.
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
