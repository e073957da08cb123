"""Counts the requests in progress on a stream."""

import asyncio


class Usage:
    """Counts the requests in progress on one stream."""

    def __init__(self) -> None:
        self._under_way = 0
        self._idle: asyncio.Event | None = None
        """Created only when a caller waits, which is rare."""

    def __len__(self) -> int:
        return self._under_way

    def begin(self) -> None:
        """Count a request."""
        self._under_way += 1

    def end(self) -> None:
        """Count a request as ended, whether or not its last byte was sent."""
        self._under_way -= 1
        if self._idle is not None and not self._under_way:
            self._idle.set()

    async def idle(self) -> None:
        """Wait until no request is in progress."""
        while self._under_way:
            self._idle = self._idle or asyncio.Event()
            self._idle.clear()
            await self._idle.wait()
