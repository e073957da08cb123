"""Finds what stands behind a name: after a restart, and under a newer signature.

Cold is not unknown. A well-formed name that the catalog does not have makes the proxy
load its parents first: the entry, then the playlist of its folder; shared by all who
ask, at most once per target duration, of a live playlist once per part or second, never
again for an ended one. Where the name does not tell its playlist a few are guessed in
a minute. So random names cannot drive upstream traffic.

A URL that a playlist listed and that is refused may not be helped by a new token. Its
parents are loaded again, up to the entry if need be, whether the stream has a token or
not; the same name comes out with a new URL.
"""

import asyncio
import contextlib
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.hls import names
from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS, Fields
from proxy.core.http.player_query import skips
from proxy.core.http.sharing import is_refusal
from proxy.deadline import deadline_at, hasty, is_patient
from proxy.errors import (
    BadAnswerError,
    HlsAuthProxyError,
    NameUndecidedError,
    NameUnknownError,
    SignatureRefusedError,
    StatusError,
    UpstreamError,
)
from proxy.localise.catalog import MOST_PLAYLISTS, Catalog, Resource
from proxy.localise.lasting import Lasting
from proxy.localise.parents import Parent, Parents
from proxy.singleflight import SingleFlight
from proxy.streams.bad_requests import BadRequests
from proxy.streams.chores import Chores
from proxy.streams.documents import Documents
from proxy.streams.guesses import Guesses
from proxy.streams.playlists import Loaded, Playlists
from proxy.streams.snapshots import Snapshots
from proxy.upstream.session import Session

# Signatures live for seconds at least: one that was renewed less than this ago and is
# refused again is refused for another reason.
_RENEWAL_SECONDS = 1.0
# What failed is not asked again sooner; whoever asks meanwhile gets the same failure.
_FAILURE_SECONDS = 1.0
# Between two looks at what is above a live playlist that stands still.
_STILL_TARGETS = 3.0


@dataclass(frozen=True, slots=True)
class _Load:
    """The last load of a playlist: how it ended and when it may be repeated."""

    again_at: float
    error: HlsAuthProxyError | None = None
    begun_at: float = math.inf
    live: bool = False
    """Whether the playlist may have named more since."""

    def is_older(self, since: float) -> bool:
        """Tell whether it cannot know what was named at that time."""
        return self.live and self.error is None and self.begun_at < since


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
        chores: Chores,
        lasting: Lasting,
        session: Session | None = None,
    ) -> None:
        self._chores = chores
        self._lasting = lasting
        self._playlists = playlists
        self._documents = documents
        self._snapshots = snapshots
        self._catalog = catalog
        self._bad_requests = BadRequests(clock=clock)
        self._guesses = Guesses(clock=clock)
        self._guessing = Counter[str]()
        self._parents = Parents(
            catalog, self._likely_first, lambda: self._guesses.wait_seconds > 0
        )
        self._clock = clock
        self._session = session
        self._flights = SingleFlight[tuple[object, ...], Loaded]("playlist")
        self._loads: LRUCache[str, _Load] = LRUCache(MOST_PLAYLISTS)
        self._renewals: LRUCache[str, _Load] = LRUCache(MOST_PLAYLISTS)
        # By playlist: when its whole was last loaded because nobody asks for it.
        self._tidied: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)
        # By playlist: when its load renewed the upstream's session.
        self._sessions: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)

    async def find(self, path: str) -> Resource:
        """Return what the path stands for, or raise NameUnknownError.

        A live playlist that was looked at a moment ago is looked at again when it may
        name more: another replica may have told the player of it.
        """
        resource = self._known(path)
        if resource is not None:
            return resource
        since = self._clock.mono()
        for last in (False, True):
            resource, again_at = await self._search(path, since)
            if resource is not None:
                return resource
            if again_at is None or last:
                break
            now = self._clock.mono()
            if again_at >= deadline_at(now).at:
                break
            await self._clock.sleep(again_at - now)
        unknown = NameUnknownError("no such name")
        unknown.forbidden = self._catalog.forbidden(path)
        raise unknown

    async def _search(
        self, path: str, since: float
    ) -> tuple[Resource | None, float | None]:
        """Look for the path in its parents.

        Return what was found, or when to look again because some were seen before
        `since`. Raise the failure of a parent that may have named it.
        """
        failure: HlsAuthProxyError | None = None
        again_at: float | None = None
        for parent in self._parents.of(path):
            try:
                await self._look_at(parent)
            except HlsAuthProxyError as error:
                # Another parent may name it; if none does, this is why.
                told = parent.decisive and not self._is_media(parent.path, error)
                failure = failure or (error if told else None)
            resource = self._known(path)
            if resource is not None:
                self._guesses.right(parent.path)
                return resource, None
            last = self._loads.get(parent.path)
            if last is not None and last.is_older(since):
                again_at = max(again_at or 0.0, last.again_at)
        if failure is not None:
            failure.forbidden = failure.forbidden or self._catalog.forbidden(path)
            raise failure
        return None, again_at

    def _known(self, path: str) -> Resource | None:
        """Return what a path stands for now, by whichever extension it was given.

        That of a segment without a fitting one follows from the first version of its
        playlist, which a replica or a restart need not have seen.
        """
        found = self._catalog.get(path)
        if found is None:
            folder, slash, name = path.rpartition("/")
            twins = (f"{folder}{slash}{twin}" for twin in names.twins(name))
            found = next(filter(None, map(self._catalog.get, twins)), None)
        return found

    async def load(self, path: str, *, query: str = "", root: str = "") -> Loaded:
        """Load the playlist at the path; equal questions are asked upstream once.

        One that was refused, or is not there, is not asked for again within a second,
        and then once for all, however they ask.
        """
        asked = (path, query, root)
        last = self._loads.get(path)
        if last and last.error and is_refusal(last.error, query):
            if last.again_at > self._clock.mono():
                raise last.error.without_trace()
            if asked != (path, "", ""):
                await self.load(path)
        ask = partial(self._load, path, query=query, root=root)
        key = (*asked, is_patient())
        return await self._flights.do(key, ask)

    def lists_playlists(self, path: str) -> bool:
        """Tell whether the playlist at the path is known to be a multivariant one."""
        return self._playlists.lists_playlists(path)

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
        current = self._known(path)
        if current is not None and current.url != used.url:
            return current
        if used.kind in PLAYLISTS:
            self._snapshots.doubt()  # its session may have ended, and theirs with it
            if self._went_over(path):
                return self._known(path) or used
        now, parent = self._clock.mono(), used.parent
        if current is not None and self._sessions.get(parent, -math.inf) >= since:
            return current
        last = self._renewals.get(parent)
        due = last is None or last.again_at <= now
        if path != parent and due:
            # A player that leaves ends its own wait: the next one finds it done.
            renew = partial(self._renew, parent)
            await asyncio.wait({self._chores.start((self, "renew", parent), renew)})
            current, last = self._known(path), self._renewals.get(parent)
            changed = self._sessions.get(parent, -math.inf) >= now
            if current is not None and (changed or current.url != used.url):
                return current
        if last is not None and last.error is not None and path != parent:
            raise last.error.without_trace()
        raise refusal.lasting("refused, and its parents have no newer URL")

    async def _renew(self, parent: str) -> None:
        """Load a parent for its refused children, and note how that went."""
        before = self._session_changes()
        try:
            await self.load(parent)
        except HlsAuthProxyError as error:
            again_at = self._clock.mono() + _RENEWAL_SECONDS
            self._renewals[parent] = _Load(again_at, error.without_trace())
            return
        now = self._clock.mono()
        self._renewals[parent] = _Load(now + _RENEWAL_SECONDS)
        self._snapshots.forget(parent)
        if self._session_changes() != before:
            self._sessions[parent] = now

    def _session_changes(self) -> int:
        return 0 if self._session is None else self._session.changes

    async def _load(
        self, path: str, *, query: str, root: str, headers: Fields = ()
    ) -> Loaded:
        if self._lasting.due(path):
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
            again_at = self._clock.mono() + _FAILURE_SECONDS
            self._note(path, query, _Load(again_at, error.without_trace()))
            raise
        pause = math.inf if loaded.facts.ended else loaded.target_seconds
        if loaded.live:
            pause = loaded.news_seconds
        done = _Load(self._clock.mono() + pause, begun_at=begun, live=loaded.live)
        self._note(path, query, done)
        if loaded.overdue:
            self._tidy(path, loaded.window_seconds)
        if used is not None and self._lasting.stands_still(path):
            self._look_for_better(path, used.parent, loaded.target_seconds)
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
            return await self._load_renewed(path, used, refusal, begun, load)
        except HlsAuthProxyError as error:
            # What is missing is missing, whatever became of its parents; but as long as
            # they cannot be had it may still be that its URL is stale.
            if isinstance(refusal.otherwise, StatusError):
                if self._was_renewed(used.parent) and path != used.parent:
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
        """Load a playlist under a newer URL; one that waited may be of long ago."""
        waited = self._lasting.waits(path)
        renewed = await self.renew(path, used, refusal, since=begun)
        if not waited:
            return await load()
        begun = self._clock.mono()
        try:
            return await load()
        except SignatureRefusedError as again:
            await self.renew(path, renewed, again, since=begun)
        return await load()

    async def _load_again(
        self,
        path: str,
        used: Resource | None,
        error: UpstreamError,
        query: str,
        load: Callable[[], Awaitable[Loaded]],
    ) -> Loaded:
        """Load once more where that may help; else raise the error."""
        if self._is_suspect(path, used, error, query):
            return await self._load_if_plain(path, error, load)
        # For a moment it may fail; that is what snapshots bridge.
        if self._lasting.holds(path) or not self._went_over(path):
            raise error
        return await load()

    async def _load_if_plain(
        self, path: str, error: UpstreamError, load: Callable[[], Awaitable[Loaded]]
    ) -> Loaded:
        """Load once more what failed, if the playlist as such can be had now.

        Loading that renews what it is asked with: a token, or its URL.
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
        """Tell whether a failure of a playlist that was seen may be about its URL."""
        if used is None or not isinstance(error, StatusError):
            return False
        if not self._playlists.knows(path):
            return False
        return self._bad_requests.suspects(path, used.url, error, query=query)

    def _was_renewed(self, parent: str) -> bool:
        """Tell whether a parent was loaded well for its children a moment ago."""
        last = self._renewals.get(parent)
        if last is None or last.error is not None:
            return False
        return last.again_at > self._clock.mono()

    def _loader(
        self, path: str, query: str, used: Resource | None, headers: Fields
    ) -> Callable[..., Awaitable[Loaded]]:
        if used is not None and used.kind in JSON_DOCUMENTS:
            return partial(self._documents.load, headers=headers)
        return partial(self._playlists.load, whole=self._unseen(path, query))

    def _unseen(self, path: str, query: str) -> asyncio.Task[None] | None:
        """Return what loads the whole playlist, if a delta would be the first of it."""
        if not skips(query) or self._playlists.knows(path):
            return None
        return self._tidy(path, _FAILURE_SECONDS)

    def _tidy(self, path: str, pause: float) -> asyncio.Task[None] | None:
        """Load the whole of a playlist of which players ask for deltas alone.

        Nobody waits for it, and it is tried once in `pause` seconds.
        """
        now = self._clock.mono()
        if now - self._tidied.get(path, -math.inf) < pause:
            return None
        self._tidied[path] = now
        return self._chores.start((self, path), partial(self.load, path))

    def _went_over(self, path: str) -> bool:
        """Let a path whose URL does not answer mean the newer one, if one waits."""
        self._lasting.refused(path)
        return self._catalog.renew(path)

    def _look_for_better(self, path: str, parent: str, pause: float) -> None:
        """Ask the parent where a live playlist is that stands still, now and then."""
        now, waits = self._clock.mono(), self._lasting.waits(path)
        last = self._renewals.get(parent)
        pause *= _STILL_TARGETS
        if path == parent or waits or (last and now < last.again_at + pause):
            return
        self._chores.start((self, "renew", parent), partial(self._renew, parent))

    def _note(self, path: str, query: str, load: _Load) -> None:
        # What a player's own query brings says nothing about the playlist as such, but
        # a refusal is not about delivery directives.
        if not query or (load.error is not None and is_refusal(load.error, query)):
            self._loads[path] = load

    async def _warm(self, path: str, *, patient: bool) -> None:
        """Load a parent, unless its last load is recent enough to speak for it.

        If `patient`, failures that may pass are waited out.
        """
        if self._catalog.get(path) is None:
            return
        last = self._loads.get(path)
        if last is None or last.again_at <= self._clock.mono():
            await self._asked(path, patient=patient)
        elif last.error is None and not self._catalog.knows_children_of(path):
            await self._asked(path, patient=patient)  # what it named was dropped since
        elif last.error is not None:
            raise last.error.without_trace()

    async def _look_at(self, parent: Parent) -> None:
        """Load what may name something; raise NameUndecidedError where it must wait."""
        path = parent.path
        if not parent.guess:
            await self._warm(path, patient=True)
            return
        shared = self._guessing[path] > 0 or not self._may_tell_more(path)
        if not shared and not self._guesses.take(path):
            wait = self._guesses.wait_seconds
            raise NameUndecidedError("too many names are unknown", retry_after=wait)
        self._guessing[path] += 1
        try:
            # Of many that may name it, one that is broken must not take all the time.
            await self._warm(path, patient=False)
        finally:
            self._guessing[path] -= 1
            self._guessing += Counter()  # without those at nought

    def _likely_first(self, paths: Iterable[str]) -> list[str]:
        def loaded_at(path: str) -> float:
            last = self._loads.get(path)
            return -math.inf if last is None or last.error else last.begun_at

        told = (path for path in paths if self._may_tell_more(path, failed=True))
        return self._guesses.likely_first(told, loaded_at)

    def _may_tell_more(self, path: str, *, failed: bool = False) -> bool:
        """Tell whether another load is due, or the last one has just `failed`."""
        last = self._loads.get(path)
        if last is None or last.again_at <= self._clock.mono():
            return True
        if last.error is not None:
            return failed
        return not self._catalog.knows_children_of(path)

    def _is_media(self, path: str, error: HlsAuthProxyError) -> bool:
        """Tell whether what might have been a playlist turned out to be none."""
        resource = self._catalog.get(path)
        listed = resource is not None and resource.kind in PLAYLISTS
        return isinstance(error, BadAnswerError) and not listed

    async def _asked(self, path: str, *, patient: bool) -> None:
        with contextlib.nullcontext() if patient else hasty():
            await self.load(path)
