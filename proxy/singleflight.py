"""Run equal requests that overlap only once, and share the result."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from proxy.tasks import started

K = TypeVar("K")
V = TypeVar("V")


class SingleFlight(Generic[K, V]):
    """Shares one running task among all callers that ask for the same key."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._flights: dict[K, tuple[asyncio.Task[V], list[object]]] = {}

    async def do(self, key: K, make: Callable[[], Awaitable[V]]) -> V:
        """Return the result of `make`, or of a running call for the same key.

        Cancelling one waiter only ends its own wait. When the last waiter is cancelled,
        so is the task. An error is raised for every waiter.
        """
        task, waiters = self._flights.get(key) or self._start(key, make)
        me = object()
        waiters.append(me)
        try:
            return await asyncio.shield(task)
        finally:
            waiters.remove(me)
            if not waiters and not task.done():
                self._flights.pop(key, None)
                task.cancel()

    def _start(
        self, key: K, make: Callable[[], Awaitable[V]]
    ) -> tuple[asyncio.Task[V], list[object]]:
        task = started(make, name=self._name)
        flight = (task, list[object]())
        self._flights[key] = flight
        task.add_done_callback(lambda done: self._land(key, done))
        return flight

    def _land(self, key: K, task: asyncio.Task[V]) -> None:
        flight = self._flights.get(key)
        if flight and flight[0] is task:
            del self._flights[key]
