"""A live player that measures how long it waits, and when it gets something new."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp

from proxy.clock import Clock
from proxy.demo.reader import ListedSegment, media_playlist, renditions

POLL_SECONDS = 0.5
_AGAIN_SECONDS = 0.1
# Longer than the proxy ever holds a request.
_MOST_SECONDS = 300.0


@dataclass(slots=True, kw_only=True)
class Noticed:
    """What a viewer has noticed so far."""

    waited: float = 0.0
    """The longest wait for a byte, in seconds."""
    waited_for: str = ""
    answers: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """What came instead of an answer, by kind."""
    newest: int = -1
    """The highest media sequence number that a playlist has listed."""
    renewed_at: float = 0.0
    """When that segment was listed, on the clock's monotonic time."""


class Viewer:
    """Follows one rendition of a live stream: its playlist, and its segments."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.noticed = Noticed()
        self._session = session
        self._clock = clock
        self._listed: asyncio.Queue[ListedSegment] = asyncio.Queue()
        self._asked: dict[str, float] = {}

    def conclude(self) -> None:
        """Count the waits that are still in progress."""
        for what in self._asked:
            self._came(what)

    async def watch(self, entry_url: str) -> None:
        """Play until cancelled."""
        entry = await self._insist("entry", entry_url)
        url = renditions(entry.decode(), entry_url)[0]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._playlists(url), name="viewer, playlists")
            tasks.create_task(self._segments(), name="viewer, segments")

    async def _playlists(self, url: str) -> None:
        while True:
            body = await self._insist("playlist", url)
            for segment in media_playlist(body.decode(), url).segments:
                if segment.number > self.noticed.newest:
                    self.noticed.newest = segment.number
                    self.noticed.renewed_at = self._clock.mono()
                    self._listed.put_nowait(segment)
            await self._clock.sleep(POLL_SECONDS)

    async def _segments(self) -> None:
        while True:
            segment = await self._listed.get()
            await self._get("segment", segment.url)

    async def _insist(self, what: str, url: str) -> bytes:
        while (body := await self._get(what, url)) is None:
            await self._clock.sleep(_AGAIN_SECONDS)
        return body

    async def _get(self, what: str, url: str) -> bytes | None:
        """Return the body; None unless it is a complete 200."""
        try:
            status, body = await self._fetched(what, url)
        except aiohttp.ClientError as exc:
            self.noticed.failures[type(exc).__name__] += 1
            return None
        finally:
            self._came(what)
            del self._asked[what]
        if status != HTTPStatus.OK:
            self.noticed.failures[str(status)] += 1
            return None
        self.noticed.answers += 1
        return body

    async def _fetched(self, what: str, url: str) -> tuple[int, bytes]:
        self._asked[what] = self._clock.mono()
        body = bytearray()
        timeout = aiohttp.ClientTimeout(total=_MOST_SECONDS)
        async with self._session.get(url, timeout=timeout) as answer:
            self._came(what)
            async for data in answer.content.iter_any():
                self._came(what)
                body += data
        return answer.status, bytes(body)

    def _came(self, what: str) -> None:
        """Record how long the wait for a byte was, and start the next wait."""
        now = self._clock.mono()
        waited, self._asked[what] = now - self._asked[what], now
        if waited > self.noticed.waited:
            self.noticed.waited, self.noticed.waited_for = waited, what
