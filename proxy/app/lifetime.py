"""Starts and ends the parts of a stream, and what several streams share."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lifetime:
    """Starts parts in order, and closes everything in reverse order.

    Parts are built at once and register here what to start and what to close. A part
    that is closed without having begun was never run.
    """

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._waiting: list[Callable[[], AbstractAsyncContextManager[None]]] = []

    def runs(self, running: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        """Enter this context manager at the beginning and leave it at the end."""
        self._waiting.append(running)

    def closes(self, close: Callable[[], Awaitable[None]]) -> None:
        """Call this at the end, even if nothing has begun."""
        self._stack.push_async_callback(close)

    async def begin(self) -> None:
        """Start what has not started yet; a second call starts what was added since."""
        while self._waiting:
            await self._stack.enter_async_context(self._waiting.pop(0)())

    async def end(self) -> None:
        """End everything. A second call does nothing."""
        self._waiting.clear()
        await self._stack.aclose()


@dataclass(slots=True, eq=False)
class _Part(Generic[K, V]):
    """A shared part, and those who use it."""

    key: K
    value: V
    lifetime: Lifetime
    users: int = 0


class Shared(Generic[K, V]):
    """Parts that streams with equal keys share. A part ends with its last user."""

    def __init__(self) -> None:
        self._parts: list[_Part[K, V]] = []

    def __len__(self) -> int:
        return len(self._parts)

    def of(self, key: K, make: Callable[[Lifetime], V], *, user: Lifetime) -> V:
        """Return the part for the key; create it if nobody uses it yet.

        `make` gets the lifetime of the new part. The part begins as soon as one of its
        users begins.
        """
        part = next((each for each in self._parts if each.key == key), None)
        if part is None:
            lifetime = Lifetime()
            part = _Part(key, make(lifetime), lifetime)
            self._parts.append(part)
        part.users += 1
        user.closes(partial(self._left, part))
        user.runs(partial(_running, part.lifetime))
        return part.value

    async def _left(self, part: _Part[K, V]) -> None:
        part.users -= 1
        if not part.users:
            self._parts.remove(part)
            await part.lifetime.end()


@contextlib.asynccontextmanager
async def _running(lifetime: Lifetime) -> AsyncIterator[None]:
    """Start the lifetime unless it has started already; other users keep it running."""
    await lifetime.begin()
    yield
