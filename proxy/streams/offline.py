"""Plays an ended presentation from what is kept of it, without asking its platform.

The kept playlists list the media, and decide how long it may be played; see
`kept_playlists`. After a restart the catalog is empty, so names are looked up in the
kept playlists first. Anything that is not kept is requested from the upstream as usual.
"""

import math
from collections.abc import Awaitable, Callable
from typing import Protocol

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.hls.continuity import Moment
from proxy.core.hls.listed import listed, renditions
from proxy.core.http.headers import PLAYLISTS
from proxy.core.http.offline import is_revoked
from proxy.core.kind import Kind
from proxy.deadline import hasty
from proxy.errors import HlsAuthProxyError, NameUnknownError
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS
from proxy.localise.folders import COMMON, MAIN, relative, target
from proxy.localise.listing import Resource
from proxy.localise.playlist_load import PlaylistLoad
from proxy.localise.uses import Uses
from proxy.replies import MediaReply, PlayerAsk, PlaylistReply
from proxy.store.key import Span
from proxy.streams.kept_playlist import KeptPlaylist
from proxy.streams.kept_playlists import KeptPlaylists
from proxy.streams.loaded import Loaded
from proxy.streams.snapshots import Asked, Snapshots

ASK_SECONDS = 2.0
"""How long to wait for the upstream if an older version is kept."""

BRIDGE_SECONDS = 5.0
"""How long the upstream is not asked again after a failure."""

# The kinds that a name in a kept playlist may have. A part has its segment's number.
_PLAYED = (Kind.SEGMENT, Kind.MAP)

Find = Callable[[str], Awaitable[Resource]]
"""Loads the parents of a path from the upstream; raises if they do not list it."""


class KeptResources(Protocol):
    """The kept resources of a presentation; see `shared_media`."""

    async def lasting(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return a resource that is kept and fresh."""
        ...

    def old(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return a resource that was too old for `lasting`."""
        ...

    def remove(self, path: str, resource: Resource, span: Span | None) -> None:
        """Drop a resource."""
        ...


class Offline:
    """Plays one presentation without its platform; observes the loads of playlists."""

    def __init__(
        self,
        playlists: KeptPlaylists,
        snapshots: Snapshots,
        uses: Uses,
        media: KeptResources,
        *,
        suffix: str,
        clock: Clock,
    ) -> None:
        """`suffix` is appended to the folders in its playlists."""
        self._playlists = playlists
        self._snapshots = snapshots
        self._uses = uses
        self._media = media
        self._suffix = suffix
        self._clock = clock
        self._failed_at = -math.inf
        self._known: LRUCache[str, KeptPlaylist] = LRUCache(MOST_PLAYLISTS)
        """The playlists that were recorded in `uses`."""

    def loaded(self, path: str, loaded: Loaded, *, root: str) -> None:
        """Record a playlist that the upstream has sent."""
        self._known.pop(path, None)
        self._playlists.loaded(path, loaded, root=root)

    def failed(self, error: HlsAuthProxyError) -> None:
        """Record that a load failed; after a refusal, nothing kept is played."""
        if is_revoked(error) and self._playlists.revoke():
            self._playlists.later(self._drop_all)

    def is_over(self, path: str) -> bool:
        """Return whether a playlist has to be loaded before more of it is played."""
        over = self._playlists.is_over(path)
        if over:
            self._snapshots.forget(path)
        return over

    async def must_ask(self, path: str) -> bool:
        """Return whether a playlist has to be loaded before its media is played."""
        return self.is_over(path) and await self._playlists.find(path) is None

    async def open(
        self, asked: Asked, resource: Resource | None, ask: PlayerAsk, find: Find
    ) -> PlaylistReply | MediaReply | None:
        """Return what is kept, if it is fresh or the upstream is unreachable.

        `resource` is what the catalog has at the path. `find` also asks the upstream.
        """
        path = asked.path
        if resource is not None and resource.kind not in PLAYLISTS:
            return None
        kept = await self._playlists.find(path)
        if kept is None:
            return None if resource else await self._kept_media(path, ask, find)
        reply = self._fresh(path, kept)
        if reply is None and resource is None and await self._is_away(path, find):
            return self._snapshots.bridge(Asked(path), away=True)
        return reply

    async def lacks_key(self, path: str, error: HlsAuthProxyError) -> bool:
        """Return whether a path is a key that is not kept, of a kept presentation.

        True only if the upstream is away. `error` is why the key could not be loaded.
        """
        unknown = isinstance(error, NameUnknownError) or is_revoked(error)
        if unknown or path.rpartition("/")[0] != COMMON:
            return False
        for parent in self._playlists.paths:
            kept = await self._playlists.find(parent)
            reference = relative(parent, path, self._suffix).encode()
            if kept is not None and reference in kept.facts.body:
                return True
        return False

    def _fresh(self, path: str, kept: KeptPlaylist) -> PlaylistReply | None:
        """Return a kept playlist if it is fresh; else allow it to bridge an outage."""
        if not kept.facts.multivariant:
            self._know(path, kept)
        asked, fresh = Asked(path), self._playlists.fresh_seconds(kept)
        if fresh > 0 or not self._snapshots.is_lasting(asked):
            self._snapshots.last(
                path,
                kept.facts.body,
                kept.headers,
                age=self._playlists.age(kept),
                fresh_seconds=fresh,
                usable_seconds=self._playlists.usable_seconds(kept),
            )
        return self._snapshots.fresh(asked)

    async def _kept_media(
        self, path: str, ask: PlayerAsk, find: Find
    ) -> MediaReply | None:
        """Return a resource that a kept playlist lists."""
        resource = await self._listed(path)
        if resource is None:
            return None
        reply = await self._media.lasting(path, resource, ask)
        if reply is not None:
            return reply
        stale = self._media.old(path, resource, ask)
        if stale is None or await self._is_away(path, find):
            return stale
        return None

    async def _is_away(self, path: str, find: Find) -> bool:
        """Return whether the upstream cannot be reached for a path."""
        if self._clock.mono() < self._failed_at + BRIDGE_SECONDS:
            return True
        try:
            with hasty():
                async with self._clock.timeout(ASK_SECONDS):
                    await find(path)
        except (HlsAuthProxyError, TimeoutError) as error:
            if isinstance(error, HlsAuthProxyError) and is_revoked(error):
                raise
            self._failed_at = self._clock.mono()
            return True
        return False

    async def _listed(self, path: str) -> Resource | None:
        """Return the resource at a path, without its URL, if a playlist lists it."""
        folder = path.rpartition("/")[0]
        parent = ENTRY if folder == MAIN else f"{folder}/{ENTRY}"
        kept = await self._playlists.find(parent)
        if kept is None or kept.facts.multivariant:
            return None
        self._know(parent, kept)
        for kind in _PLAYED:
            resource = Resource("", kind, parent)
            if self._uses.use(path, resource, self._clock.mono()) is not None:
                return resource
        return None

    def _know(self, path: str, kept: KeptPlaylist) -> None:
        """Record a kept playlist in `uses`, so that its names are known."""
        known = self._known.get(path)
        self._known[path] = kept
        same = known is not None and known.says_the_same(kept)
        if not same or not self._uses.knows(path):
            now = Moment(self._clock.mono(), self._clock.wall())
            seen = PlaylistLoad(
                kept.facts,
                now,
                headers=(),
                source=kept.source,
                validators=kept.validators,
            )
            self._uses.loaded(path, seen)

    async def _drop_all(self) -> None:
        """Drop all that is kept of the presentation, even if it was never used."""
        doomed, seen = [ENTRY, *self._playlists.paths], set[str]()
        while doomed:
            path = doomed.pop()
            if path in seen:
                continue
            seen.add(path)
            kept = await self._playlists.get(path)
            if kept is not None and kept.facts.multivariant:
                doomed += self._listed_playlists(path, kept)
            elif kept is not None:
                self._drop_media(path, kept)
            self._playlists.drop(path)
            self._snapshots.forget(path)

    def _listed_playlists(self, path: str, kept: KeptPlaylist) -> list[str]:
        found = (
            target(path, one.reference, self._suffix)
            for one in renditions(kept.facts.body)
        )
        return [each for each in found if each is not None]

    def _drop_media(self, path: str, kept: KeptPlaylist) -> None:
        self._know(path, kept)
        for one in listed(kept.facts.body):
            below = target(path, one.reference, self._suffix)
            if below is not None and one.kind in _PLAYED:
                resource = Resource("", one.kind, path)
                self._media.remove(below, resource, None)
                if one.end is not None:
                    self._media.remove(below, resource, Span(one.start, one.end))
