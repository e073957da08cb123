"""Whether players are in the middle of something."""

import asyncio


class Usage:
    """Counts the requests that are under way on one stream."""

    def __init__(self) -> None:
        self._under_way = 0
        self._idle: asyncio.Event | None = None
        """Made for whoever waits: hardly ever does anybody."""

    def __len__(self) -> int:
        return self._under_way

    def begin(self) -> None:
        """Take note of a request."""
        self._under_way += 1

    def end(self) -> None:
        """Take note that it has ended, with its last byte or without."""
        self._under_way -= 1
        if self._idle is not None and not self._under_way:
            self._idle.set()

    async def idle(self) -> None:
        """Wait until no request is under way."""
        while self._under_way:
            self._idle = self._idle or asyncio.Event()
            self._idle.clear()
            await self._idle.wait()
