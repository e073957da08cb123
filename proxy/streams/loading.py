"""Loads playlists and documents; retries with a newer URL if a URL is refused.

Equal requests at the same time share one upstream request.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.headers import JSON_DOCUMENTS, Fields
from proxy.core.http.player_query import skips
from proxy.deadline import is_patient
from proxy.errors import (
    HlsAuthProxyError,
    SignatureRefusedError,
    StatusError,
    UpstreamError,
)
from proxy.localise.catalog import MOST_PLAYLISTS, Catalog
from proxy.localise.listing import Resource
from proxy.localise.stable_names import StableNames
from proxy.singleflight import SingleFlight
from proxy.streams.bad_requests import BadRequests
from proxy.streams.chores import Chores
from proxy.streams.json_documents import JsonDocuments
from proxy.streams.loaded import Loaded
from proxy.streams.loads import FAILURE_SECONDS, Load, Loads
from proxy.streams.playlists import Playlists
from proxy.streams.renewals import Renewals
from proxy.streams.snapshots import Snapshots

# How many waiting URLs of a playlist are tried: the one whose siblings play, and the
# newest.
_MOST_WAITING = 2


class Observer(Protocol):
    """Is notified when a load ends."""

    def loaded(self, path: str, loaded: Loaded, *, root: str) -> None:
        """Record a playlist that was requested without a query."""
        ...

    def failed(self, error: HlsAuthProxyError) -> None:
        """Record why a playlist could not be loaded."""
        ...


class Unobserved:
    """An observer that does nothing."""

    def loaded(self, path: str, loaded: Loaded, *, root: str) -> None:
        """Do nothing."""

    def failed(self, error: HlsAuthProxyError) -> None:
        """Do nothing."""


class Loader:
    """Loads the playlists and documents of one presentation."""

    def __init__(
        self,
        playlists: Playlists,
        documents: JsonDocuments,
        catalog: Catalog,
        snapshots: Snapshots,
        *,
        clock: Clock,
        chores: Chores,
        stable_names: StableNames,
        renewed: Callable[[], int],
        observer: Observer = Unobserved(),  # noqa: B008 - has no state
    ) -> None:
        self.loads = Loads(catalog, clock=clock)
        self.renewals = Renewals(
            self.load,
            catalog,
            snapshots,
            clock=clock,
            chores=chores,
            stable_names=stable_names,
            renewed=renewed,
        )
        self.observer = observer
        self._chores = chores
        self._stable = stable_names
        self._playlists = playlists
        self._documents = documents
        self._catalog = catalog
        self._clock = clock
        self._bad_requests = BadRequests(clock=clock)
        self._flights = SingleFlight[tuple[object, ...], Loaded]("playlist")
        # By playlist: when it was last loaded whole because players request deltas.
        self._tidied: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)

    async def load(self, path: str, *, query: str = "", root: str = "") -> Loaded:
        """Load the playlist at the path; equal requests share one upstream request.

        A playlist that was refused or is missing is not requested again within a
        second. After that, one request without a query is sent first, on behalf of all
        players, even if their queries differ.
        """
        asked = (path, query, root)
        if refusal := self.loads.kept_refusal(path, query):
            raise refusal.without_trace()
        if asked != (path, "", "") and self.loads.was_refused(path, query):
            await self.load(path)
        ask = partial(self._load, path, query=query, root=root)
        key = (*asked, is_patient())
        return await self._flights.do(key, ask)

    def lists_playlists(self, path: str) -> bool:
        """Return whether the playlist at the path is known to be multivariant."""
        return self._playlists.memories.known(path).multivariant

    async def document(
        self, path: str, *, query: str, headers: Fields, root: str
    ) -> Loaded:
        """Load the JSON document at the path, for this player only."""
        return await self._load(path, query=query, headers=headers, root=root)

    async def _load(
        self, path: str, *, query: str, root: str, headers: Fields = ()
    ) -> Loaded:
        if self._stable.due(path):
            self._catalog.renew(path)
        used, begun = self._catalog.get(path), self._clock.mono()
        load = partial(
            self._loader(path, query, used, headers), path, query=query, root=root
        )
        try:
            try:
                loaded = await load()
            except SignatureRefusedError as refusal:
                if used is None:
                    raise
                loaded = await self._load_anew(path, used, refusal, begun, load)
            except UpstreamError as error:
                loaded = await self._load_again(path, used, error, query, load)
        except HlsAuthProxyError as error:
            self.loads.failed(path, query, error)
            self.observer.failed(error)
            raise
        pause = math.inf if loaded.facts.ended else loaded.target_seconds
        if loaded.live:
            pause = loaded.news_seconds
        done = Load(self._clock.mono() + pause, begun_at=begun, live=loaded.live)
        self.loads.note(path, query, done)
        if not query:
            self.observer.loaded(path, loaded, root=root)
        if loaded.overdue:
            self._tidy(path, loaded.window_seconds)
        if used is not None and self._stable.stands_still(path):
            self.renewals.look_for_better(path, used.parent, loaded.target_seconds)
        return loaded

    async def _load_anew(
        self,
        path: str,
        used: Resource,
        refusal: SignatureRefusedError,
        begun: float,
        load: Callable[[], Awaitable[Loaded]],
    ) -> Loaded:
        """Load a playlist with a newer URL, or raise the most likely cause."""
        try:
            return await self._load_renewed(path, used, refusal, begun, load)
        except HlsAuthProxyError as error:
            # A missing playlist is reported as missing, even if its parents failed to
            # load. But as long as they fail, its URL may just be stale.
            if isinstance(refusal.otherwise, StatusError):
                if self.renewals.was_renewed(used.parent) and path != used.parent:
                    self._playlists.gone(path)
                if error is refusal.otherwise:
                    raise
                raise refusal.otherwise from error
            if isinstance(error, SignatureRefusedError) and error.otherwise:
                raise error.otherwise from error
            raise

    async def _load_renewed(
        self,
        path: str,
        used: Resource,
        refusal: SignatureRefusedError,
        begun: float,
        load: Callable[[], Awaitable[Loaded]],
    ) -> Loaded:
        """Load a playlist with a newer URL.

        Waiting URLs may be old, so several are tried.
        """
        for _ in range(_MOST_WAITING):
            waited = self._stable.waits(path)
            used = await self.renewals.renew(path, used, refusal, since=begun)
            if not waited:
                break
            begun = self._clock.mono()
            try:
                return await load()
            except SignatureRefusedError as again:
                refusal = again
        else:
            await self.renewals.renew(path, used, refusal, since=begun)
        return await load()

    async def _load_again(
        self,
        path: str,
        used: Resource | None,
        error: UpstreamError,
        query: str,
        load: Callable[[], Awaitable[Loaded]],
    ) -> Loaded:
        """Load once more if that may help; otherwise raise the error."""
        if self._is_suspect(path, used, error, query):
            return await self._load_if_plain(path, error, load)
        # The failure may be brief. Snapshots bridge that.
        if self._stable.holds(path) or not self.renewals.went_over(path):
            raise error
        return await load()

    async def _load_if_plain(
        self, path: str, error: UpstreamError, load: Callable[[], Awaitable[Loaded]]
    ) -> Loaded:
        """Load once more, if the playlist can be loaded without the query.

        The load without the query renews the token or the URL if needed.
        """
        try:
            await self.load(path)
        except HlsAuthProxyError:
            raise error from None
        loaded = await load()
        self._bad_requests.forget(path)
        return loaded

    def _is_suspect(
        self, path: str, used: Resource | None, error: UpstreamError, query: str
    ) -> bool:
        """Return whether the URL of a known playlist may be the cause of a failure."""
        if used is None or not isinstance(error, StatusError):
            return False
        if not self._playlists.memories.knows(path):
            return False
        return self._bad_requests.suspects(path, used.url, error, query=query)

    def _loader(
        self, path: str, query: str, used: Resource | None, headers: Fields
    ) -> Callable[..., Awaitable[Loaded]]:
        if used is not None and used.kind in JSON_DOCUMENTS:
            return partial(self._documents.load, headers=headers)
        return partial(self._playlists.load, whole=self._unseen(path, query))

    def _unseen(self, path: str, query: str) -> asyncio.Task[None] | None:
        """Start loading the whole playlist if the player requests only a delta.

        Returns the task; None if the whole playlist was seen before or was just tried.
        """
        if not skips(query) or self._playlists.memories.knows(path):
            return None
        return self._tidy(path, FAILURE_SECONDS)

    def _tidy(self, path: str, pause: float) -> asyncio.Task[None] | None:
        """Load the whole playlist in the background, at most once in `pause` seconds.

        This is needed if players only request deltas. Returns None if it was just done.
        """
        now = self._clock.mono()
        if now - self._tidied.get(path, -math.inf) < pause:
            return None
        self._tidied[path] = now
        return self._chores.start((self, path), partial(self.load, path))
