"""Keep track of players that read slowly, and choose which to cut off first.

A player that pauses inside a segment reads nothing until it resumes. It is not cut off
for that. It costs a connection and some memory. Only when these run short is the
slowest player cut off.
"""

from collections.abc import Callable
from typing import Protocol

from proxy.upstream.exchange import READ_BUFFER_BYTES

UNREAD_BYTES = 128 * 1024 * 1024
"""How much may be buffered for all slow players together."""

READ_AHEAD_BYTES = 4 * READ_BUFFER_BYTES
"""How much of the upstream's answer is buffered for a player that does not read.

aiohttp stops reading after two such buffers. With the copies it makes on the way, 200
paused players took 1.2 MB each.
"""

PATIENCE_SECONDS = 1.0
"""A player that pauses for less than this is busy, not slow."""


class ReadingPlayer(Protocol):
    """A player in the middle of an answer."""

    @property
    def peer(self) -> str:
        """Its address."""
        ...

    @property
    def rate(self) -> float:
        """How many bytes per second it has read of this answer."""
        ...

    def give_up(self) -> None:
        """End its connection."""
        ...


class Readers:
    """All answers that are waiting for a player to read."""

    def __init__(
        self, *, mono: Callable[[], float], most_bytes: int = UNREAD_BYTES
    ) -> None:
        self._mono = mono
        self.most_bytes = most_bytes
        """How much may be buffered for all of them together; may change."""
        self._waiting: dict[ReadingPlayer, tuple[float, int]] = {}
        """Since when each one waits, and how many bytes are buffered for it."""
        self._held = 0

    @property
    def waiting(self) -> int:
        """How many answers are waiting."""
        return len(self._waiting)

    def waits(self, reader: ReadingPlayer, held: int) -> None:
        """Record that `held` bytes wait for a player; cut others off if needed."""
        self._waiting[reader] = self._mono(), held
        self._held += held
        while self._held > self.most_bytes and self.make_room():
            pass

    def goes_on(self, reader: ReadingPlayer) -> None:
        """Record that the player has read them, or has disconnected."""
        _, held = self._waiting.pop(reader, (0.0, 0))
        self._held -= held

    def make_room(self, peer: str | None = None) -> bool:
        """Cut off the slowest player, of one address if `peer` is given.

        Return whether there was a slow one.
        """
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
