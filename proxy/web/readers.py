"""Players that are slow to read what they are sent, and which of them is cut off first.

A player that pauses inside a segment reads nothing until it goes on. It is not cut off
for that. It costs a connection and some memory, and only when these run short does the
slowest go.
"""

from collections.abc import Callable
from typing import Protocol

from proxy.upstream.exchange import READ_BUFFER_BYTES

UNREAD_BYTES = 128 * 1024 * 1024
"""What may be held for slow players, all together."""

READ_AHEAD_BYTES = 4 * READ_BUFFER_BYTES
"""What upstream has sent on when aiohttp stops reading, for a player that does not.

aiohttp stops at two such buffers; with what it copies on the way, 200 players that
paused took 1.2 MB each.
"""

PATIENCE_SECONDS = 1.0
"""Who has waited for less than this is busy, not slow."""


class Reader(Protocol):
    """A player in the middle of an answer."""

    @property
    def peer(self) -> str:
        """Its address."""
        ...

    @property
    def rate(self) -> float:
        """How many bytes a second it has read of this answer."""
        ...

    def give_up(self) -> None:
        """End its connection."""
        ...


class Readers:
    """All answers that cannot go on before a player reads."""

    def __init__(
        self, *, mono: Callable[[], float], most_bytes: int = UNREAD_BYTES
    ) -> None:
        self._mono = mono
        self.most_bytes = most_bytes
        """What may be held for all of them together; may change."""
        self._waiting: dict[Reader, tuple[float, int]] = {}
        """Since when, and the bytes that are held meanwhile."""
        self._held = 0

    @property
    def waiting(self) -> int:
        """How many there are."""
        return len(self._waiting)

    def waits(self, reader: Reader, size: int) -> None:
        """Note that so many bytes wait for a player; cut others off if need be."""
        held = size + READ_AHEAD_BYTES
        self._waiting[reader] = self._mono(), held
        self._held += held
        while self._held > self.most_bytes and self.make_room():
            pass

    def goes_on(self, reader: Reader) -> None:
        """Note that it has read them, or is gone."""
        _, held = self._waiting.pop(reader, (0.0, 0))
        self._held -= held

    def make_room(self, peer: str | None = None) -> bool:
        """Cut off the slowest, of all or of one address; tell whether there was one."""
        now = self._mono()
        slow = [
            reader
            for reader, (since, _) in self._waiting.items()
            if now - since >= PATIENCE_SECONDS and peer in (None, reader.peer)
        ]
        if not slow:
            return False
        slowest = min(slow, key=lambda reader: reader.rate)
        self.goes_on(slowest)
        slowest.give_up()
        return True
