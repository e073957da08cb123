"""What the TCP servers of tests have in common: they end with their connections."""

import asyncio
from types import TracebackType


class TcpServer:
    """A server whose `__aenter__` starts `_server`, and whose tasks end with it."""

    _server: asyncio.Server

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _own(self, task: asyncio.Task[None] | None) -> None:
        """Let a task end with the server."""
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
