"""Finds what stands behind a name: after a restart, and under a newer signature.

Cold is not unknown. A well-formed name that the catalog does not have makes the proxy
load its parents first: the entry, then the playlist of its folder; shared by all who
ask, at most once per target duration, never again for an ended playlist. So random
names cannot drive upstream traffic.

A platform-signed URL that is refused is not helped by a new token. Its parents are
loaded again, up to the entry if need be; the same name comes out with a new URL.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS, Fields
from proxy.core.http.player_query import without_client_data
from proxy.core.kind import Kind
from proxy.errors import (
    BadAnswerError,
    HlsAuthProxyError,
    NameUnknownError,
    RefusedError,
    SignatureRefusedError,
)
from proxy.singleflight import SingleFlight
from proxy.streams.catalog import ENTRY, MOST_PLAYLISTS, Catalog, Resource
from proxy.streams.documents import Documents
from proxy.streams.folders import COMMON, above, common_above
from proxy.streams.playlists import Loaded, Playlists
from proxy.streams.snapshots import Snapshots
from proxy.upstream.session import Session

# Signatures live for seconds at least: one that was renewed less than this ago and is
# refused again is refused for another reason.
_RENEWAL_SECONDS = 1.0
# What failed is not asked again sooner; whoever asks meanwhile gets the same failure.
_FAILURE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Load:
    """The last load of a playlist: how it ended and when it may be repeated."""

    again_at: float
    error: HlsAuthProxyError | None = None


class Resolver:
    """Names of one stream -> resources that can be asked for now."""

    def __init__(
        self,
        playlists: Playlists,
        catalog: Catalog,
        snapshots: Snapshots,
        documents: Documents,
        *,
        clock: Clock,
        session: Session | None = None,
    ) -> None:
        self._playlists = playlists
        self._documents = documents
        self._snapshots = snapshots
        self._catalog = catalog
        self._clock = clock
        self._session = session
        self._flights = SingleFlight[tuple[object, ...], Loaded]("playlist")
        self._loads: LRUCache[str, _Load] = LRUCache(MOST_PLAYLISTS)
        self._renewals: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)
        # By playlist: when its load renewed the upstream's session.
        self._sessions: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)

    async def find(self, path: str) -> Resource:
        """Return what the path stands for, or raise NameUnknownError."""
        resource = self._catalog.get(path)
        if resource is not None:
            return resource
        failure: HlsAuthProxyError = NameUnknownError("no such name")
        for parent in self._parents(path):
            try:
                await self._warm(parent)
            except HlsAuthProxyError as error:
                # Another parent may name it; if none does, this is why.
                if isinstance(failure, NameUnknownError) and not self._is_media(
                    parent, error
                ):
                    failure = error
            resource = self._catalog.get(path)
            if resource is not None:
                return resource
        raise failure

    async def load(
        self, path: str, *, query: str = "", headers: Fields = (), root: str = ""
    ) -> Loaded:
        """Load the playlist at the path; equal questions are asked upstream once."""
        ask = partial(self._load, path, query=query, headers=headers, root=root)
        key = (path, without_client_data(query), root)
        return await self._flights.do(key, ask)

    async def document(
        self, path: str, *, query: str, headers: Fields, root: str
    ) -> Loaded:
        """Load the JSON document at the path for this player alone."""
        return await self._load(path, query=query, headers=headers, root=root)

    async def renew(
        self, path: str, used: Resource, *, status: int, since: float = math.inf
    ) -> Resource:
        """Return the resource under a newer URL than the one refused with `status`.

        The same URL comes back where the upstream's session was renewed after `since`
        (monotonic), when it was asked. Loads the parent at most once for all who wait;
        raises RefusedError where that gave nothing new.
        """
        current = self._catalog.get(path)
        if current is not None and current.url != used.url:
            return current
        now, parent = self._clock.mono(), used.parent
        if current is not None and self._sessions.get(parent, -math.inf) >= since:
            return current
        renewed = self._renewals.get(parent)
        if path != parent and (renewed is None or now - renewed >= _RENEWAL_SECONDS):
            before = self._session_changes()
            try:
                await self.load(parent)
            finally:
                self._renewals[parent] = self._clock.mono()
            self._snapshots.forget(parent)
            changed = self._session_changes() != before
            if changed:
                self._sessions[parent] = self._clock.mono()
            current = self._catalog.get(path)
            if current is not None and (changed or current.url != used.url):
                return current
        reason = "refused, and its parents have no newer URL"
        raise RefusedError(reason, status=status)

    def _session_changes(self) -> int:
        return 0 if self._session is None else self._session.changes

    async def _load(
        self, path: str, *, query: str, headers: Fields, root: str
    ) -> Loaded:
        used, begun = self._catalog.get(path), self._clock.mono()
        is_json = used is not None and used.kind in JSON_DOCUMENTS
        loader = self._documents.load if is_json else self._playlists.load
        load = partial(loader, path, query=query, headers=headers, root=root)
        try:
            try:
                loaded = await load()
            except SignatureRefusedError as error:
                if used is None:
                    raise
                await self.renew(path, used, status=error.status, since=begun)
                loaded = await load()
        except HlsAuthProxyError as error:
            self._note(path, query, _FAILURE_SECONDS, error)
            raise
        pause = float("inf") if loaded.facts.ended else loaded.target_seconds
        self._note(path, query, pause)
        return loaded

    def _note(
        self,
        path: str,
        query: str,
        pause: float,
        error: HlsAuthProxyError | None = None,
    ) -> None:
        # What a player's own query brings says nothing about the playlist as such.
        if not query:
            self._loads[path] = _Load(self._clock.mono() + pause, error)

    async def _warm(self, path: str) -> None:
        """Load a parent, unless its last load is recent enough to speak for it."""
        if self._catalog.get(path) is None:
            return
        last = self._loads.get(path)
        if last is None or last.again_at <= self._clock.mono():
            await self.load(path)
        elif last.error is None and not self._catalog.knows_children_of(path):
            await self.load(path)  # what it named was dropped since
        elif last.error is not None:
            raise last.error.with_traceback(None)

    def _parents(self, path: str) -> Iterator[str]:
        """Yield the playlists that may name the path, outermost first.

        Each is to be loaded before the next is asked for.
        """
        yield ENTRY
        folder, _, name = path.rpartition("/")
        if folder == COMMON:
            yield from self._all(Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING)
        else:
            yield from self._above(folder)
        if name != ENTRY:
            yield f"{folder}/{ENTRY}"

    def _above(self, folder: str) -> Iterator[str]:
        """Yield what stands above the playlist of a folder."""
        outermost = common_above(folder)
        if outermost and not any(map(self._is_known, outermost)):
            # Anything may name it that names more, and what that names in turn.
            for parent in self._all(Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING):
                yield parent
                if any(map(self._is_known, outermost)):
                    break
        yield from above(folder, self._is_known)
        if not self._is_known(f"{folder}/{ENTRY}"):
            # A clone's rendition is named by the manifest alone.
            yield from self._all(Kind.STEERING)
            yield from above(folder, self._is_known)

    def _is_media(self, path: str, error: HlsAuthProxyError) -> bool:
        """Tell whether what might have been a playlist turned out to be none."""
        resource = self._catalog.get(path)
        listed = resource is not None and resource.kind in PLAYLISTS
        return isinstance(error, BadAnswerError) and not listed

    def _is_known(self, path: str) -> bool:
        return self._catalog.get(path) is not None

    def _all(self, *kinds: Kind) -> Iterator[str]:
        """Yield what is of these kinds, also what is learnt of meanwhile."""
        seen = set[str]()
        while new := [path for path in self._catalog.of(*kinds) if path not in seen]:
            seen.update(new)
            yield from new
