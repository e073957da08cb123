"""A player that knows nothing of tokens: it plays a stream by its plain local URL.

It begins like any player, with the entry, every rendition and the key. Then it requests
one segment after another, until they end or it is told to stop.
"""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field

from proxy.demo.reader import MediaPlaylist, media_playlist, renditions
from tests.providers.emulation.programme import KEY, segment
from tests.providers.emulation.record import holds
from tests.providers.emulation.stage import Stage


@dataclass(slots=True)
class Player:
    """Plays one stream, and requires that every answer is right."""

    stage: Stage
    tend: Callable[[], None] = lambda: None
    """Called after each segment: what others do meanwhile."""
    _: KW_ONLY
    playlists: dict[str, MediaPlaylist] = field(default_factory=dict)
    """By the path of each rendition."""
    first: dict[str, int] = field(default_factory=dict)
    """The number of the first segment of each rendition."""
    played: int = 0
    """Segments of each rendition."""

    async def begin(self) -> None:
        """Load the entry and every rendition, as a new player does."""
        entry = f"/{self.stage.local}/index.m3u8"
        paths = renditions(await self._text(entry), entry)
        assert len(paths) == len(self.stage.emulation.platform.programme.renditions)
        for path in paths:
            await self.reload(path)
            key = self.playlists[path].segments[0].key_url
            if key is not None:
                assert await self._bytes(key) == KEY

    async def reload(self, path: str) -> None:
        """Load a rendition; names that were listed before must not change."""
        before = self.playlists.get(path)
        after = media_playlist(await self._text(path), path)
        if before is not None:
            names = {item.number: item.url for item in before.segments}
            for item in after.segments:
                assert names.get(item.number, item.url) == item.url
        self.playlists[path] = after

    async def play(self, segments: int, *, restart: bool = False) -> None:
        """Play this many segments of every rendition, each at its time.

        With `restart` the program is restarted in the middle, and forgets everything.
        """
        programme = self.stage.emulation.platform.programme
        for done in range(segments):
            if restart and done == segments // 2:
                await self.stage.stop()
                await self.stage.start()
            for path in self.playlists:
                if programme.segments is None:
                    await self.reload(path)
                await self._next(path)
            self.played += 1
            await self.stage.clock.advance(programme.seconds)
            self.tend()

    async def pause(self, segments: int) -> None:
        """Do nothing for this long, then go on; a live stream moves on meanwhile."""
        programme = self.stage.emulation.platform.programme
        for _ in range(segments):
            await self.stage.clock.advance(programme.seconds)
            self.tend()
        if programme.segments is None:
            self.played += segments

    async def _next(self, path: str) -> None:
        first = self.first.setdefault(path, self.playlists[path].segments[0].number)
        await self._segment(path, first + self.played)

    async def _segment(self, path: str, number: int) -> None:
        url = next(s.url for s in self.playlists[path].segments if s.number == number)
        body = await self._bytes(url)
        names = self.stage.emulation.platform.programme.renditions
        assert body in {segment(name, number) for name in names}

    async def _text(self, path: str) -> str:
        return (await self._bytes(path)).decode()

    async def _bytes(self, path: str) -> bytes:
        got = await self.stage.get(path)
        assert got.status == 200, f"{path}: {got.status} {got.headers}"
        return got.body


def leaks(stage: Stage) -> list[str]:
    """Return the secrets that the player received."""
    secrets = stage.emulation.record.secrets()
    hosts = set(stage.emulation.bases.values())
    texts = [
        got.headers + (got.body.decode() if got.body.startswith(b"#EXTM3U") else "")
        for got in stage.got
    ]
    return [text for text in texts if holds(text, secrets | hosts)]
