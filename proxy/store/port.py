"""What the program needs from a store.

Nothing here waits, except reading from a disk. Decisions are made in one step, so no
other task sees a half-made one. All methods are called from the event loop's thread.
"""

import math
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from proxy.core.http.headers import Fields
from proxy.store.key import Key


@dataclass(frozen=True, slots=True)
class Head:
    """What is kept of an answer besides its bytes."""

    headers: Fields = field(default=(), repr=False)
    """The fields for players: with Content-Type, without Age and Content-Length."""
    born_at: float = 0.0
    """When its age was 0, in epoch seconds."""
    fresh_seconds: float = math.inf
    """Up to which age it may be served; infinite if it is good while it is listed."""
    total: int | None = None
    """The length of the whole resource, if only a part is kept."""


class Kept(Protocol):
    """A complete resource. It is not evicted while it is used as a context."""

    @property
    def head(self) -> Head:
        """Its header fields and times."""
        ...

    @property
    def size(self) -> int:
        """Its length in bytes."""
        ...

    @property
    def body(self) -> bytes | None:
        """All bytes, if it is small enough to be kept as bytes; else None."""
        ...

    @property
    def file(self) -> tuple[int, int] | None:
        """The descriptor of a file, and the offset of the first byte in it.

        None if `body` is there. Valid while the context is entered.
        """
        ...

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Writing(Protocol):
    """A resource that is being fetched. What was written can be read at once.

    End it with `commit` or `drop`. In both cases those who have it can read it to the
    end. Its bytes count, and are not evicted, as long as anybody refers to it: so do
    not keep it longer than it is read from.
    """

    @property
    def size(self) -> int:
        """How many bytes were written."""
        ...

    def append(self, data: bytes) -> bool:
        """Add bytes; return False if there is no room for them.

        Then nothing was added, and the writing must be dropped.
        """
        ...

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`, as far as they are written."""
        ...

    def commit(self, head: Head) -> Kept:
        """Make it a complete resource that `find` returns.

        Call this only if the body is known to be complete. Raises ValueError if it does
        not have the expected length, was given up, or had no room for all bytes.
        """
        ...

    def drop(self) -> None:
        """Give it up: nobody finds it. No error after `commit`, which wins."""
        ...


class Store(Protocol):
    """Keeps complete resources within a budget."""

    @property
    def is_on(self) -> bool:
        """Whether it may keep anything."""
        ...

    def find(self, key: Key) -> Kept | None:
        """Return what is kept under a key, if it is at hand without waiting."""
        ...

    async def fetch(self, key: Key, *, lasting: bool = True) -> Kept | None:
        """Return what is kept under a key, also from a disk; None if it is not kept.

        Without `lasting` the disk is not asked, as for live resources. A damaged file
        counts as not kept, and is removed.
        """
        ...

    def begin(
        self, key: Key, expected: int | None, *, lasting: bool = False
    ) -> Writing | None:
        """Return a writing for a resource of the `expected` length, if it is known.

        A `lasting` one is copied to a disk once it is complete: a resource of an ended
        presentation, and never a key. Returns None if it is too large, or if there is
        no room because all is in use.
        """
        ...

    def remove(self, key: Key) -> None:
        """Drop what is kept under a key; those who use it go on reading it."""
        ...

    def forget(self, stream: str) -> None:
        """Drop everything of a stream from memory; what is on a disk stays."""
        ...
