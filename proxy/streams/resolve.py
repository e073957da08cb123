"""Finds what stands behind a name: after a restart, and under a newer signature.

Cold is not unknown. A well-formed name that the catalog does not have makes the proxy
load its parents first: the entry, then the playlist of its folder; shared by all who
ask, at most once per target duration, never again for an ended playlist. So random
names cannot drive upstream traffic.

A URL that a playlist listed and that is refused may not be helped by a new token. Its
parents are loaded again, up to the entry if need be, whether the stream has a token or
not; the same name comes out with a new URL.
"""

import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.headers import JSON_DOCUMENTS, Fields
from proxy.core.http.player_query import without_client_data
from proxy.core.http.sharing import is_refusal
from proxy.core.kind import Kind
from proxy.errors import (
    HlsAuthProxyError,
    NameUnknownError,
    SignatureRefusedError,
    StatusError,
)
from proxy.singleflight import SingleFlight
from proxy.streams.catalog import ENTRY, MOST_PLAYLISTS, Catalog, Resource
from proxy.streams.documents import Documents
from proxy.streams.folders import COMMON, outer
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
        async for parent in self._parents(path):
            try:
                await self._warm(parent)
            except HlsAuthProxyError as error:
                # Another parent may name it; if none does, this is why.
                if isinstance(failure, NameUnknownError):
                    failure = error
            resource = self._catalog.get(path)
            if resource is not None:
                return resource
        raise failure

    async def load(
        self, path: str, *, query: str = "", headers: Fields = (), root: str = ""
    ) -> Loaded:
        """Load the playlist at the path; equal questions are asked upstream once.

        One that was refused, or is not there, is not asked for again within a second,
        and then once for all, however they ask.
        """
        key = (path, without_client_data(query), root)
        last = self._loads.get(path)
        if last and last.error and is_refusal(last.error, query):
            if last.again_at > self._clock.mono():
                raise last.error.with_traceback(None)
            if key != (path, "", ""):
                await self.load(path)
        ask = partial(self._load, path, query=query, headers=headers, root=root)
        return await self._flights.do(key, ask)

    async def document(
        self, path: str, *, query: str, headers: Fields, root: str
    ) -> Loaded:
        """Load the JSON document at the path for this player alone."""
        return await self._load(path, query=query, headers=headers, root=root)

    async def renew(
        self,
        path: str,
        used: Resource,
        refusal: SignatureRefusedError,
        *,
        since: float = math.inf,
    ) -> Resource:
        """Return the resource under a newer URL than the one that was refused.

        The same URL comes back where the upstream's session was renewed after `since`
        (monotonic), when it was asked. Loads the parent at most once for all who wait;
        where that gave nothing new, raises what the refusal means then.
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
        raise refusal.lasting("refused, and its parents have no newer URL")

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
            except SignatureRefusedError as refusal:
                if used is None:
                    raise
                loaded = await self._load_anew(path, used, refusal, begun, load)
        except HlsAuthProxyError as error:
            self._note(path, query, _FAILURE_SECONDS, error)
            raise
        pause = float("inf") if loaded.facts.ended else loaded.target_seconds
        self._note(path, query, pause)
        return loaded

    async def _load_anew(
        self,
        path: str,
        used: Resource,
        refusal: SignatureRefusedError,
        begun: float,
        load: Callable[[], Awaitable[Loaded]],
    ) -> Loaded:
        """Load a playlist under a newer URL; raise what the refusal means otherwise."""
        try:
            await self.renew(path, used, refusal, since=begun)
            return await load()
        except HlsAuthProxyError as error:
            # What is missing is missing, whatever became of its parents; but as long as
            # they cannot be had it may still be that its URL is stale.
            if isinstance(refusal.otherwise, StatusError):
                if self._spoke(used.parent) and path != used.parent:
                    self._playlists.gone(path)
                if error is refusal.otherwise:
                    raise
                raise refusal.otherwise from error
            if isinstance(error, SignatureRefusedError) and error.otherwise:
                raise error.otherwise from error
            raise

    def _spoke(self, path: str) -> bool:
        """Tell whether the last load of a playlist went well."""
        last = self._loads.get(path)
        return last is not None and last.error is None

    def _note(
        self,
        path: str,
        query: str,
        pause: float,
        error: HlsAuthProxyError | None = None,
    ) -> None:
        # What a player's own query brings says nothing about the playlist as such, but
        # a refusal is not about delivery directives.
        if not query or (error is not None and is_refusal(error, query)):
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

    async def _parents(self, path: str) -> AsyncIterator[str]:
        """Yield the playlists that may name the path, outermost first."""
        yield ENTRY
        folder, _, name = path.rpartition("/")
        for playlist in outer(folder):
            with contextlib.suppress(HlsAuthProxyError):
                await self.find(playlist)
                yield playlist
                break
        if folder == COMMON:
            # Anything may name it that names more, and what that names in turn.
            for parent in self._all(Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING):
                yield parent
        elif self._catalog.get(f"{folder}/{ENTRY}") is None:
            # A clone's rendition is named by the manifest alone.
            for manifest in self._all(Kind.STEERING):
                yield manifest
        if name != ENTRY:
            yield f"{folder}/{ENTRY}"

    def _all(self, *kinds: Kind) -> Iterator[str]:
        """Yield what is of these kinds, also what is learnt of meanwhile."""
        seen = set[str]()
        while new := [path for path in self._catalog.of(*kinds) if path not in seen]:
            seen.update(new)
            yield from new
