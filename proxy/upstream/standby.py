"""Keeps a connection to a stream's upstream open before a player comes.

Connecting takes two round trips, or three with TLS 1.2. On a slow line that is a good
part of the time until the first picture. Nothing is sent over the connection.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from math import inf

from proxy.clock import Clock
from proxy.errors import UpstreamError
from proxy.tasks import started

NEW_SECONDS = 600.0
"""For how long after the start the connection is kept. As with tokens, what nobody
plays then costs nothing any more."""

LOOK_SECONDS = 10.0
"""How often to look whether it is still open. Looking also keeps it from being closed
on our side, as any connection that is idle for 15 s."""

LASTING_SECONDS = 20.0
"""If the upstream closes idle connections sooner than that, they are opened again more
rarely each time."""

MOST_PAUSE_SECONDS, MOST_FAILED_SECONDS = 600.0, 60.0
"""The longest pauses: if connections do not last, and if connecting fails."""

CONNECTIONS = 2
"""Per stream. Players have two requests under way at the same time: FFmpeg two
segments, most others picture and sound, or a segment and the next one ahead."""

AT_ONCE = 4
"""How many streams may connect at the same time."""


class Standby:
    """Keeps one connection of one stream ready while nobody plays."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[bool]],
        line: asyncio.Semaphore,
        *,
        always: bool,
        clock: Clock,
    ) -> None:
        """`connect` makes sure that some are idle; it returns whether any was opened.

        All streams wait in the same `line`. Unless `always`, the connection is kept for
        `NEW_SECONDS` only.
        """
        self._connect = connect
        self._line = line
        self._always = always
        self._clock = clock

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the connection ready while the block lasts."""
        task = started(self._keep, name="standby")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _keep(self) -> None:
        begun = self._clock.mono()
        pause, open_for = LOOK_SECONDS, inf
        while self._always or self._clock.mono() - begun < NEW_SECONDS:
            opened = await self._look()
            if opened is None:
                pause, open_for = min(2 * pause, MOST_FAILED_SECONDS), inf
            elif not opened:
                open_for += pause
            else:
                lasted = open_for >= LASTING_SECONDS
                pause = LOOK_SECONDS if lasted else min(2 * pause, MOST_PAUSE_SECONDS)
                open_for = 0.0
            await self._clock.sleep(pause)

    async def _look(self) -> bool | None:
        """Return whether connections had to be opened; None if that failed."""
        async with self._line:
            try:
                return await self._connect()
            except UpstreamError:  # a player will get the reason
                return None
