"""The players: they join one after the other, then all is measured for a while."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import KW_ONLY, dataclass, field

from benchmarks.players.figures import Noticed, percentile
from benchmarks.players.got import Connection, Got
from benchmarks.players.origin import SEGMENT_SECONDS, number

_PATIENCE_SECONDS = 30.0
_AGAIN_SECONDS = 1.0
# RFC 8216, section 6.3.3: three target durations from the end.
_FROM_END = 3
_TICK_SECONDS = 0.01


@dataclass(slots=True)
class Crowd:
    """Players of one stream; what they notice counts while `measuring`."""

    port: int
    folder: str
    """The path of the stream, ending in a slash."""
    _: KW_ONLY
    entry: str
    """Its media playlist, below that."""
    noticed: Noticed = field(default_factory=Noticed)
    measuring: bool = False

    @contextlib.asynccontextmanager
    async def joined(self, players: int, seconds: float) -> AsyncIterator[None]:
        """Let players join within these seconds; measure while the block lasts."""
        rng = random.Random(players)  # noqa: S311 - the same in every run
        tasks = [
            asyncio.create_task(
                self._player(rng.random() * seconds), name=f"player {one}"
            )
            for one in range(players)
        ]
        try:
            await asyncio.sleep(seconds)
            self.measuring = True
            yield
            self.measuring = False
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _player(self, delay: float) -> None:
        await asyncio.sleep(delay)
        newest: int | None = None
        while True:
            with contextlib.suppress(OSError, TimeoutError):
                newest = await self._play(newest)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _play(self, newest: int | None) -> int | None:
        """Play until a connection fails; return the newest segment that was there."""
        loop = asyncio.get_running_loop()
        connection = None
        try:
            _, connection = await loop.create_connection(
                lambda: Connection(time.perf_counter), "127.0.0.1", self.port
            )
            while True:
                began, before = time.perf_counter(), newest
                newest = await self._follow(connection, newest)
                wait = SEGMENT_SECONDS / (1 if newest != before else 2)
                await asyncio.sleep(began + wait - time.perf_counter())
        except (OSError, TimeoutError) as error:
            self._failed(type(error).__name__)
            return newest
        finally:
            if connection is not None:
                connection.close()

    async def _follow(self, connection: Connection, newest: int | None) -> int | None:
        """Load the playlist, and the segments that are new; return the newest."""
        playlist = await self._get(connection, self.folder + self.entry)
        if playlist is None:
            return newest
        if self.measuring:
            self.noticed.playlists.append(playlist.first)
        listed = [
            (which, line.decode())
            for line in playlist.body.splitlines()
            if (which := number(line.decode())) is not None
        ]
        if newest is None:
            newest = listed[-_FROM_END][0] - 1
        if self.measuring:
            self.noticed.skipped += max(0, listed[0][0] - newest - 1)
        for which, name in listed:
            if which > newest:
                segment = await self._get(connection, self.folder + name)
                if segment is not None and self.measuring:
                    self.noticed.segment(segment.first, segment.whole, segment.cache)
                newest = which
        return newest

    async def _get(self, connection: Connection, path: str) -> Got | None:
        """Return the answer; None if it is not a 200, which is counted."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            got = await connection.get(path)
        if got.status == 200:  # noqa: PLR2004 - OK
            return got
        self._failed(str(got.status))
        return None

    def _failed(self, kind: str) -> None:
        if self.measuring:
            self.noticed.failures[kind] += 1


@contextlib.asynccontextmanager
async def delays() -> AsyncIterator[list[float]]:
    """Collect how late the event loop wakes up while the block lasts, in seconds."""
    found = list[float]()

    async def tick() -> None:
        while True:
            due = time.perf_counter() + _TICK_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            found.append(time.perf_counter() - due)

    task = asyncio.create_task(tick(), name="ticks of the event loop")
    try:
        yield found
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def lag(found: list[float]) -> float:
    """Return the 99th percentile of delays."""
    return percentile(found, 0.99)
