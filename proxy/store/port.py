"""What the program needs from a store.

Nothing here waits, except reads from a disk. Every decision is made in one step, so no
other task sees an unfinished one. All methods are called from the event loop's thread.
"""

import math
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from proxy.core.http.headers import Fields
from proxy.store.key import Key


@dataclass(frozen=True, slots=True)
class Head:
    """The metadata that is kept with the bytes of an answer."""

    headers: Fields = field(default=(), repr=False)
    """The fields for players: with Content-Type, without Age and Content-Length."""
    born_at: float = 0.0
    """The time when its age was 0, in epoch seconds."""
    fresh_seconds: float = math.inf
    """The age up to which it may be served; infinite means while it is listed."""
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
        """All bytes, if the resource is small enough to be kept as bytes; else None."""
        ...

    @property
    def file(self) -> tuple[int, int] | None:
        """The file's descriptor, and the offset of the first byte in the file.

        None if the bytes must be read instead. Call it, and use the descriptor, only
        while the context is entered.
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
    """A resource that is being fetched. Written bytes can be read at once.

    End it with `commit` or `drop`. After either, code that still holds it can read it
    to the end. As long as a reference to it exists, its bytes count in the budget and
    are not evicted. So do not keep a reference longer than needed for reading.
    """

    @property
    def size(self) -> int:
        """How many bytes were written."""
        ...

    def append(self, data: bytes) -> bool:
        """Add bytes; return False if there is no room for them.

        If False, nothing was added, and the writing must be dropped.
        """
        ...

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`, as many as are written."""
        ...

    def commit(self, head: Head) -> Kept:
        """Mark the resource as complete, so that `find` returns it.

        Call this only if the body is known to be complete. Raises ValueError if the
        length is not the expected one, if it was given up, or if it ran out of room.
        """
        ...

    def drop(self) -> None:
        """Give up the writing. It is never found. Does nothing after `commit`."""
        ...


class Turn(Protocol):
    """The turn to fetch a resource, while other processes wait for it."""

    def end(self) -> None:
        """Let the others go on. They look first whether the resource is kept now."""
        ...


class Store(Protocol):
    """Keeps complete resources within a budget."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes find what this one keeps."""
        ...

    def take_turn(self, key: Key) -> Turn | None:
        """Return the turn to fetch a resource; None if another process has it."""
        ...

    @property
    def is_on(self) -> bool:
        """Whether it keeps anything at all."""
        ...

    def find(self, key: Key) -> Kept | None:
        """Return the resource under a key if that needs no waiting; else None."""
        ...

    async def fetch(self, key: Key, *, lasting: bool = True) -> Kept | None:
        """Return the resource under a key, from memory or a disk; None if not kept.

        With `lasting=False`, as for live resources, the disk is not read. A damaged
        file is removed and counts as not kept.
        """
        ...

    def begin(
        self,
        key: Key,
        expected: int | None,
        *,
        lasting: bool = False,
        private: bool = False,
    ) -> Writing | None:
        """Return a writing for a resource; `expected` is its length, if known.

        A `lasting` resource is copied to a disk once it is complete. It must belong to
        an ended presentation and must not be a key. A `private` one stays in this
        process: decryption keys are. Returns None if the resource is too
        large, or if resources in use leave no room.
        """
        ...

    def remove(self, key: Key) -> None:
        """Drop the resource under a key. Its current readers can still read it."""
        ...

    def forget(self, stream: str) -> None:
        """Drop everything of a stream from memory. Files on a disk stay."""
        ...
