"""The playlists of one ended presentation, kept so that it plays without its platform.

A media playlist is kept once it has ended (EXT-X-ENDLIST). A multivariant playlist does
not show that, so it is kept once one of its renditions has ended. A presentation with a
live rendition is not kept. See `core.http.offline` for how long playlists are kept.
"""

from collections.abc import Awaitable, Callable

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.offline import Confirmation, Validity, confirmed
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.streams.kept_playlist import KeptPlaylist
from proxy.streams.loaded import Loaded
from proxy.streams.playlist_store import LOOK_SECONDS, PlaylistStore


class KeptPlaylists:
    """The kept playlists of one presentation.

    `place` identifies the presentation. It differs if an earlier configuration had
    another presentation under the same name.
    """

    def __init__(
        self, store: PlaylistStore, *, place: str, trusted: bool, clock: Clock
    ) -> None:
        """`trusted`: the upstream's header fields about freshness are ignored."""
        self._store = store
        self._place = place
        self._trusted = trusted
        self._clock = clock
        self._ended = False
        """Whether some rendition has ended, and no rendition is known to be live."""
        self._waiting: LRUCache[str, KeptPlaylist] = LRUCache(MOST_PLAYLISTS)
        """Multivariant playlists, until a rendition has ended."""
        self._confirmed: LRUCache[str, Confirmation] = LRUCache(MOST_PLAYLISTS)
        self._dropped: LRUCache[str, None] = LRUCache(MOST_PLAYLISTS)
        self._revoked = False

    @property
    def paths(self) -> set[str]:
        """The paths of the playlists that were kept or used since the start."""
        return {*self._confirmed, *self._waiting}

    def loaded(self, path: str, loaded: Loaded, *, root: str) -> None:
        """Record a playlist from the upstream that was requested without a query.

        `root` is the absolute local URL of the stream. It is empty if the proxy
        loaded the playlist by itself.
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
            pass  # without a root, absolute references would not work
        elif facts.multivariant and not self._ended:
            self._waiting[path] = kept
        else:
            self._put(path, kept)
            if not facts.multivariant:
                self._ended = True
                while self._waiting:
                    self._put(*self._waiting.popitem())

    def revoke(self) -> bool:
        """Use no kept playlist until the upstream sends a playlist again.

        Returns False if they were already revoked.
        """
        revoked, self._revoked = self._revoked, True
        self._ended = False
        return not revoked

    async def get(self, path: str) -> KeptPlaylist | None:
        """Return a kept playlist, even if it must not be used."""
        return await self._store.get(self._name(path), again=True)

    def later(self, make: Callable[[], Awaitable[None]]) -> None:
        """Do something in the background; it finishes even while the proxy stops."""
        self._store.later(make)

    async def find(self, path: str) -> KeptPlaylist | None:
        """Return a playlist that may be used, at least while the upstream is away."""
        kept = await self._store.get(self._name(path))
        if kept is not None and self._is_over(kept.confirmed):
            # Another process may have asked the platform and confirmed it.
            kept = await self._store.get(self._name(path), again=True)
        if kept is None or self._is_over(kept.confirmed):
            return None
        self._confirmed[path] = kept.confirmed
        self._ended |= not kept.facts.multivariant
        return kept

    def is_over(self, path: str) -> bool:
        """Return whether the platform must confirm a playlist before it is used."""
        last = self._confirmed.get(path)
        return last is not None and self._is_over(last)

    def fresh_seconds(self, kept: KeptPlaylist) -> float:
        """Return for how long from now the upstream need not be asked, in seconds."""
        fresh = min(kept.confirmed.fresh_seconds, self._store.offline_seconds)
        return min(fresh - self.age(kept), LOOK_SECONDS)

    def usable_seconds(self, kept: KeptPlaylist) -> float:
        """Return for how many seconds it may be used if the upstream is away."""
        return self._store.offline_seconds - self.age(kept)

    def age(self, kept: KeptPlaylist) -> float:
        """Return how many seconds ago the platform confirmed it."""
        return kept.confirmed.age(self._clock.wall())

    def drop(self, path: str) -> None:
        """Drop a playlist, from memory and from the disk."""
        self._waiting.pop(path, None)
        self._confirmed.pop(path, None)
        if path not in self._dropped:  # for some, this is called at each load
            self._dropped[path] = None
            self._store.remove(self._name(path))

    def _went_live(self) -> None:
        """Drop all playlists, which were kept before a rendition turned out live."""
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
        return KeptPlaylist(
            loaded.facts, headers, confirmed=one, source=source, validators=validators
        )

    def _is_known(self, path: str, kept: KeptPlaylist) -> bool:
        known = self._waiting.get(path) or self._store.find(self._name(path))
        return known is not None and known.says_the_same(kept)

    def _put(self, path: str, kept: KeptPlaylist) -> None:
        self._confirmed[path] = kept.confirmed
        self._dropped.pop(path, None)
        self._store.put(self._name(path), kept)

    def _is_over(self, one: Confirmation) -> bool:
        if self._revoked:
            return True
        now, offline = self._clock.wall(), self._store.offline_seconds
        return one.standing(now, offline) is Validity.OVER

    def _name(self, path: str) -> str:
        return f"{self._place}\n{path}"
