"""The playlists of one ended presentation, kept so that it plays without its platform.

A media playlist is kept once it has ended (EXT-X-ENDLIST). A multivariant playlist does
not show that, so it is kept once a rendition of it has ended. A presentation of which
any rendition is live is not kept. See `core.http.lasting` for how long that lasts.
"""

from collections.abc import Awaitable, Callable

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.lasting import Confirmed, Standing, confirmed
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.streams.kept_playlist import KeptPlaylist
from proxy.streams.loaded import Loaded
from proxy.streams.playlist_store import LOOK_SECONDS, PlaylistStore


class KeptPlaylists:
    """What is kept of one presentation's playlists.

    `place` tells the presentation from all others, also from what an earlier
    configuration had under its name.
    """

    def __init__(
        self, store: PlaylistStore, *, place: str, trusted: bool, clock: Clock
    ) -> None:
        """`trusted` means that the upstream's fields about freshness do not count."""
        self._store = store
        self._place = place
        self._trusted = trusted
        self._clock = clock
        self._ended = False
        """Whether a rendition is known to have ended, and none to be live."""
        self._waiting: LRUCache[str, KeptPlaylist] = LRUCache(MOST_PLAYLISTS)
        """Multivariant playlists, until a rendition has ended."""
        self._confirmed: LRUCache[str, Confirmed] = LRUCache(MOST_PLAYLISTS)
        self._dropped: LRUCache[str, None] = LRUCache(MOST_PLAYLISTS)
        self._revoked = False

    @property
    def paths(self) -> set[str]:
        """The paths of the playlists that were kept or used since the start."""
        return {*self._confirmed, *self._waiting}

    def loaded(self, path: str, loaded: Loaded, *, root: str) -> None:
        """Record that the upstream sent a playlist that was asked for without a query.

        `root` is the absolute local URL of the stream; empty if no player asked.
        """
        facts = loaded.facts
        if loaded.json or facts.partial:
            return
        self._revoked = False
        if loaded.live:
            self._went_live()
            return
        kept = self._kept(loaded)
        if kept is None or (root and root.encode() in facts.body):
            self.drop(path)
        elif not root and not self._is_known(path, kept):
            pass  # references that must be absolute would lead nowhere
        elif facts.multivariant and not self._ended:
            self._waiting[path] = kept
        else:
            self._put(path, kept)
            if not facts.multivariant:
                self._ended = True
                while self._waiting:
                    self._put(*self._waiting.popitem())

    def revoke(self) -> bool:
        """Use nothing any more until the upstream sends something again.

        Returns False if that was so before.
        """
        revoked, self._revoked = self._revoked, True
        self._ended = False
        return not revoked

    async def get(self, path: str) -> KeptPlaylist | None:
        """Return a playlist, whether it may be used or not."""
        return await self._store.get(self._name(path), again=True)

    def later(self, make: Callable[[], Awaitable[None]]) -> None:
        """Do something in the background, to its end."""
        self._store.later(make)

    async def find(self, path: str) -> KeptPlaylist | None:
        """Return a playlist, if it may be used at least while the upstream is away."""
        kept = await self._store.get(self._name(path))
        if kept is not None and self._is_over(kept.confirmed):
            # Another process may have asked the platform.
            kept = await self._store.get(self._name(path), again=True)
        if kept is None or self._is_over(kept.confirmed):
            return None
        self._confirmed[path] = kept.confirmed
        self._ended |= not kept.facts.multivariant
        return kept

    def is_over(self, path: str) -> bool:
        """Return whether the platform has to be asked before more of it is played."""
        last = self._confirmed.get(path)
        return last is not None and self._is_over(last)

    def fresh_seconds(self, kept: KeptPlaylist) -> float:
        """Return for how long from now a playlist is used without asking anybody."""
        fresh = min(kept.confirmed.fresh_seconds, self._store.offline_seconds)
        return min(fresh - self.age(kept), LOOK_SECONDS)

    def usable_seconds(self, kept: KeptPlaylist) -> float:
        """Return for how long from now it is used if the upstream is away."""
        return self._store.offline_seconds - self.age(kept)

    def age(self, kept: KeptPlaylist) -> float:
        """Return how many seconds ago the platform confirmed it."""
        return kept.confirmed.age(self._clock.wall())

    def drop(self, path: str) -> None:
        """Let nobody find a playlist any more."""
        self._waiting.pop(path, None)
        self._confirmed.pop(path, None)
        if path not in self._dropped:  # some are dropped at each load
            self._dropped[path] = None
            self._store.remove(self._name(path))

    def _went_live(self) -> None:
        """Drop what was kept before it was known that this is no recording."""
        if self._ended:
            self._ended = False
            for path in self.paths:
                self.drop(path)

    def _kept(self, loaded: Loaded) -> KeptPlaylist | None:
        """Return the playlist as it is kept; None if the upstream forbids that."""
        wall, passed = self._clock.wall(), self._clock.mono() - loaded.asked_at
        one = confirmed(loaded.headers, wall - passed, trusted=self._trusted)
        if one is None:
            return None
        headers = tuple(pair for pair in loaded.headers if pair[0].lower() != "age")
        seen = loaded.seen
        source, validators = (seen.source, seen.validators) if seen else ("", "")
        return KeptPlaylist(loaded.facts, headers, one, source, validators)

    def _is_known(self, path: str, kept: KeptPlaylist) -> bool:
        known = self._waiting.get(path) or self._store.find(self._name(path))
        return known is not None and known.says_the_same(kept)

    def _put(self, path: str, kept: KeptPlaylist) -> None:
        self._confirmed[path] = kept.confirmed
        self._dropped.pop(path, None)
        self._store.put(self._name(path), kept)

    def _is_over(self, one: Confirmed) -> bool:
        if self._revoked:
            return True
        now, offline = self._clock.wall(), self._store.offline_seconds
        return one.standing(now, offline) is Standing.OVER

    def _name(self, path: str) -> str:
        return f"{self._place}\n{path}"
