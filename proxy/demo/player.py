"""A small player: it follows every rendition of a stream, in real time.

It records whatever a viewer would notice: a segment that was missing, late or broken,
a gap, a picture that froze. It knows nothing about tokens.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from http import HTTPStatus
from typing import Protocol

from proxy.clock import Clock
from proxy.demo.reader import (
    ListedSegment,
    MediaPlaylist,
    clear,
    leaks,
    media_playlist,
    renditions,
    starts_at,
)
from proxy.errors import UpstreamError

# RFC 8216, section 6.3.3: playback of a live stream starts three target durations from
# its end. A recording is fetched as far ahead.
AHEAD_SEGMENTS = 3
# The duration of a frame: a smaller gap is invisible.
_SAME_SECONDS = 0.04


@dataclass(frozen=True, slots=True)
class Fetched:
    """The status and the body of an answer."""

    status: int
    body: bytes = field(repr=False)


class Fetch(Protocol):
    """How a player fetches resources."""

    async def __call__(self, url: str) -> Fetched:
        """Return the answer; raises UpstreamError if it is missing or incomplete."""
        ...


@dataclass(frozen=True, slots=True)
class StreamReport:
    """How a stream played."""

    name: str
    requests: int
    _: KW_ONLY
    playlists: int
    segments: int
    failures: Mapping[str, int]
    """What a viewer would have noticed, and how often."""


class _Notes:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()


async def play(
    name: str, entry_url: str, seconds: float, *, fetch: Fetch, clock: Clock
) -> StreamReport:
    """Play a stream for `seconds`, or until it ends."""
    notes = _Notes()
    until = clock.mono() + seconds
    entry = await _text(entry_url, "entry", fetch, notes)
    urls = renditions(entry, entry_url) if entry else ()
    if not urls:
        notes.failures["entry: nothing to play"] += 1
    async with asyncio.TaskGroup() as tasks:
        for url in urls:
            follower = _Follower(url, until, fetch=fetch, clock=clock, notes=notes)
            tasks.create_task(follower.follow(), name=f"player of {name}")
    counts = notes.counts
    return StreamReport(
        name,
        requests=counts["requests"],
        playlists=counts["playlists"],
        segments=counts["segments"],
        failures=dict(notes.failures),
    )


async def _get(url: str, what: str, fetch: Fetch, notes: _Notes) -> bytes | None:
    notes.counts["requests"] += 1
    try:
        fetched = await fetch(url)
    except UpstreamError as exc:
        notes.failures[f"{what}: {exc}"] += 1
        return None
    if fetched.status != HTTPStatus.OK:
        notes.failures[f"{what}: status {fetched.status}"] += 1
        return None
    return fetched.body


async def _text(url: str, what: str, fetch: Fetch, notes: _Notes) -> str | None:
    body = await _get(url, what, fetch, notes)
    if body is None:
        return None
    notes.counts["playlists"] += 1
    text = body.decode(errors="replace")
    for leak in leaks(text):
        notes.failures[f"{what}: the playlist shows {leak}"] += 1
    return text


class _Follower:
    """Follows one rendition."""

    def __init__(
        self, url: str, until: float, *, fetch: Fetch, clock: Clock, notes: _Notes
    ) -> None:
        self._url = url
        # the rendition's name, as far as the URLs here contain it
        self._what = url.rsplit("/", 2)[-2]
        self._until = until
        self._fetch = fetch
        self._clock = clock
        self._notes = notes
        self._kept: dict[str, bytes] = {}
        self._next: int | None = None
        self._names: Mapping[int, str] = {}
        self._expected_at: float | None = None
        self._due = 0.0

    async def follow(self) -> None:
        """Play until the time is up or the rendition ends."""
        while self._clock.mono() < self._until:
            text = await _text(self._url, self._what, self._fetch, self._notes)
            playlist = media_playlist(text, self._url) if text is not None else None
            news = self._news(playlist) if playlist else ()
            for segment in news:
                await self._in_time(segment)
            self._stands_still()
            if playlist and playlist.ended:
                return
            # RFC 8216, section 6.3.4: half the target duration if nothing changed.
            target = playlist.target_seconds if playlist else 1.0
            await self._sleep(target if news else target / 2)

    def _news(self, playlist: MediaPlaylist) -> tuple[ListedSegment, ...]:
        segments = playlist.segments
        if any(self._names.get(s.number, s.url) != s.url for s in segments):
            self._fail("a segment changed its name")
        self._names = {s.number: s.url for s in segments}
        if self._next is None:
            return segments if playlist.ended else segments[-AHEAD_SEGMENTS:]
        news = tuple(item for item in segments if item.number >= self._next)
        if news and news[0].number > self._next:
            self._fail("segments were missed")
        if segments and segments[-1].number < self._next - 1:
            self._fail("the playlist went back")
        return news

    async def _in_time(self, segment: ListedSegment) -> None:
        """Fetch a segment as soon as a player's buffer would have room for it."""
        if self._next is not None:
            early = AHEAD_SEGMENTS * segment.seconds
            await self._sleep(self._due - early - self._clock.mono())
        if self._clock.mono() >= self._until:
            return
        begins_at = await self._begin(segment)
        self._stands_still()
        self._due = max(self._due, self._clock.mono()) + segment.seconds
        self._next = segment.number + 1
        self._continues(begins_at, segment.seconds)

    async def _begin(self, segment: ListedSegment) -> float | None:
        """Fetch a segment; return the media time at which it begins."""
        init = await self._once(segment.init_url)
        key = await self._once(segment.key_url)
        body = await _get(segment.url, self._what, self._fetch, self._notes)
        if body is None:
            return None
        self._notes.counts["segments"] += 1
        try:
            return starts_at(clear(body, key, segment.number), init)
        except ValueError:
            self._fail("a broken segment")
            return None

    def _stands_still(self) -> None:
        """Record a freeze if everything fetched has been shown."""
        now = self._clock.mono()
        if self._next is not None and now > self._due:
            self._fail("the picture stood still")
            self._due = now

    def _continues(self, begins_at: float | None, seconds: float) -> None:
        expected = self._expected_at
        self._expected_at = None if begins_at is None else begins_at + seconds
        if begins_at is None or expected is None:
            return
        if abs(begins_at - expected) > _SAME_SECONDS:
            self._fail("media time jumped")

    async def _once(self, url: str | None) -> bytes | None:
        if url is None:
            return None
        if url not in self._kept:
            body = await _get(url, self._what, self._fetch, self._notes)
            if body is None:
                return None
            self._kept[url] = body
        return self._kept[url]

    async def _sleep(self, seconds: float) -> None:
        left = self._until - self._clock.mono()
        await self._clock.sleep(max(0.0, min(seconds, left)))

    def _fail(self, what: str) -> None:
        self._notes.failures[f"{self._what}: {what}"] += 1
