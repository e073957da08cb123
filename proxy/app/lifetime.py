"""What begins and ends with one stream, and what several streams share."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lifetime:
    """Begins what runs, in order, and closes all that it was given, the last first.

    Parts are built at once, and say here what is to be done about them. What is closed
    without ever having begun was not run.
    """

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._waiting: list[Callable[[], AbstractAsyncContextManager[None]]] = []

    def runs(self, running: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        """Let this run from the beginning to the end."""
        self._waiting.append(running)

    def closes(self, close: Callable[[], Awaitable[None]]) -> None:
        """Call this at the end, whether anything has begun or not."""
        self._stack.push_async_callback(close)

    async def begin(self) -> None:
        """Begin what has not begun; a second call adds what came since."""
        while self._waiting:
            await self._stack.enter_async_context(self._waiting.pop(0)())

    async def end(self) -> None:
        """End all of it. A second call does nothing."""
        self._waiting.clear()
        await self._stack.aclose()


@dataclass(slots=True, eq=False)
class _Part(Generic[K, V]):
    """Something that is shared, for as long as it has users."""

    key: K
    value: V
    lifetime: Lifetime
    users: int = 0


class Shared(Generic[K, V]):
    """What streams share whose keys are equal. It ends with the last of its users."""

    def __init__(self) -> None:
        self._parts: list[_Part[K, V]] = []

    def __len__(self) -> int:
        return len(self._parts)

    def of(self, key: K, make: Callable[[Lifetime], V], *, user: Lifetime) -> V:
        """Return what stands for the key, made if nobody uses one.

        `make` is given the lifetime of what it makes. It begins with the first of its
        users that begins.
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
    """Begin what may have begun already; it goes on for others."""
    await lifetime.begin()
    yield
