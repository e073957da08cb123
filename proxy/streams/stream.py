"""Answers requests for one presentation of a stream."""

from collections.abc import Awaitable, Callable
from functools import partial
from itertools import chain, repeat
from typing import Protocol, TypeVar

from proxy.clock import Clock
from proxy.core.http.cache_status import NOT_KEPT
from proxy.core.http.headers import (
    JSON_DOCUMENTS,
    PLAYLISTS,
    to_upstream,
)
from proxy.core.http.player_query import (
    blocks,
    forwarded,
    undirected,
)
from proxy.core.kind import Kind
from proxy.deadline import FIRST_BYTE_SECONDS, Deadline, InTime, deadline_at
from proxy.errors import (
    ChildRefusedError,
    HlsAuthProxyError,
    ImposterError,
    KeyNotKeptError,
    NotReadyError,
    RedirectRefusedError,
)
from proxy.localise.catalog import ENTRY
from proxy.localise.listing import Resource
from proxy.localise.stable_names import StableNames
from proxy.replies import (
    DocumentReply,
    MediaReply,
    PlayerAsk,
    PlaylistReply,
    RedirectReply,
    Reply,
)
from proxy.sharing.first_byte_wait import is_waited_for, seconds_for
from proxy.streams.lookup import Lookup
from proxy.streams.offline import Offline
from proxy.streams.passing import Passing
from proxy.streams.reloads import Reloads
from proxy.streams.snapshots import Asked
from proxy.streams.warming import Warming

T = TypeVar("T")

# Pauses in seconds between requests for a stream that has not started. Most streams
# start soon or not at all. Five requests last until a player is about to give up.
_HOLD_STEPS = (1.0, 1.0, 2.0, 3.0)
# Refused by the status, by a page instead of the resource, or by a redirect to one.
_REFUSALS = (ChildRefusedError, ImposterError, RedirectRefusedError)


class MediaOpener(Protocol):
    """Opens resources other than playlists."""

    def hit(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return a kept resource without waiting; None if it is not kept."""
        ...

    async def open(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | RedirectReply | None:
        """Return the resource, or None if the answer is a playlist."""
        ...

    def listed(self, path: str) -> None:
        """Record that the playlist at a path was loaded for a player."""
        ...


class Stream:
    """One configured stream, or one member of a family, for one selection.

    `name` is the configured name. `local` is the path where players find the stream,
    without slashes at its ends: `lobby`, `fastpix/4fa1`. `played` is called at each
    player's request.
    """

    def __init__(
        self,
        name: str,
        local: str,
        *,
        lookup: Lookup,
        reloads: Reloads,
        warming: Warming,
        stable_names: StableNames,
        media: MediaOpener,
        passing: Passing,
        clock: Clock,
        played: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.answered = False
        """Whether a player ever got something from it."""
        self._local = local
        self._lookup = lookup
        self._loader = reloads.loader
        self._media = media
        self._stable = stable_names
        self._snapshots = reloads.snapshots
        self._passing = passing
        self._clock = clock
        self._played = played
        self._reloads = reloads
        self._warming = warming
        self._not_ready_since: float | None = None
        self.offline: Offline | None = None
        """Plays the presentation without its platform; None if that is impossible."""

    def at_hand(self, path: str, ask: PlayerAsk) -> Reply | None:
        """Return the reply for a local path if that is possible without waiting.

        If it returns None, call `wait`. Raises StatusError if a range is outside the
        kept resource.
        """
        resource = self._lookup.known(path)
        if resource is not None and resource.kind not in PLAYLISTS:
            if self._is_over(resource.parent):
                return None
            kept = self._media.hit(path, resource, ask)
            if kept is not None:
                self._plays(resource.parent)
                self.answered = True
                return kept
            if not self._snapshots.knows(path):
                return None
        asked = self._asked(path, ask)
        if self._is_over(path) or blocks(asked.query):
            return None
        if (fresh := self._fresh(asked)) is None:
            return None
        self._plays(path)
        return fresh

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Return the reply for the local path below the stream; failures are raised."""
        reply = self.at_hand(path, ask)
        return await self.wait(path, ask) if reply is None else reply

    async def wait(self, path: str, ask: PlayerAsk) -> Reply:
        """Return the reply that was not at hand a moment ago; failures are raised."""
        self._played()
        asked = self._asked(path, ask)
        begun = self._clock.mono()
        resource = self._lookup.known(path)
        if self.offline is not None:
            offline = await self.offline.open(asked, resource, ask, self._lookup.find)
            if offline is not None:
                self.answered = True
                return offline
        if resource is None:
            resource = await self._found(path)
        self._stable.played(resource.parent)
        if path == ENTRY:
            self._warming.opened(asked.root, loaded=False)
        else:
            is_media = resource.kind not in PLAYLISTS
            self._warming.played(resource.parent if is_media else path)
        deadline = Deadline.of(begun, seconds_for(resource.kind))
        async with InTime(self._clock, deadline) as limit:
            if blocks(asked.query) or is_waited_for(resource.kind):
                limit.reschedule(None)
            await self._confirm(resource)
            reply = await self._opened(asked, resource, ask)
        self.answered = True
        if path == ENTRY:
            self._warming.opened(asked.root, loaded=True)
        return reply

    def _plays(self, playlist: str) -> None:
        """Record a request of a player for a playlist, or for something it lists."""
        self._played()
        self._stable.played(playlist)
        if playlist != ENTRY:
            self._warming.played(playlist)

    async def _opened(self, asked: Asked, resource: Resource, ask: PlayerAsk) -> Reply:
        if resource.kind in JSON_DOCUMENTS:
            return await self._document(asked, resource.kind, ask)
        if resource.kind not in PLAYLISTS:
            reply = await self._resource(asked.path, resource, ask)
            if reply is not None:
                return reply
        return await self._playlist(asked)

    async def _found(self, path: str) -> Resource:
        """Return the resource at a path that the catalog lacks."""
        try:
            async with InTime(self._clock):
                return await self._held(partial(self._lookup.find, path))
        except HlsAuthProxyError as error:
            if self.offline is not None and await self.offline.lacks_key(path, error):
                raise KeyNotKeptError from error
            raise

    async def _confirm(self, resource: Resource) -> None:
        """Load the playlist of a media resource first if it was confirmed too long ago.

        The platform then confirms that the media may still be played.
        """
        if self.offline is None or resource.kind in PLAYLISTS:
            return
        if await self.offline.must_ask(resource.parent):
            await self._loader.load(resource.parent)

    def _is_over(self, path: str) -> bool:
        """Return whether the platform must be asked before more is played.

        If so, also drop the kept playlist at the path.
        """
        return self.offline is not None and self.offline.is_over(path)

    def _fresh(self, asked: Asked) -> PlaylistReply | None:
        """Return the fresh playlist, unless it is from the name's previous URL."""
        since = self._stable.turned_at(asked.path)
        return self._snapshots.fresh(asked, since=since)

    async def _resource(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | RedirectReply | None:
        """Return a resource that a playlist lists; None if it is itself a playlist."""
        try:
            reply = await self._media.open(path, resource, ask)
        except _REFUSALS:
            self._stable.fed(resource.parent, well=False)
            raise
        self._stable.fed(resource.parent, well=True)
        return reply

    def _asked(self, path: str, ask: PlayerAsk) -> Asked:
        query = forwarded(ask.query, (), self._passing.hidden)
        if query and path == ENTRY and self._loader.lists_playlists(path):
            query = undirected(query)  # useless in a multivariant playlist
        return Asked(path, query, f"{ask.base_url}/{self._local}")

    async def _playlist(self, asked: Asked) -> PlaylistReply:
        self._stable.played(asked.path)
        reply = await self._held(partial(self._reloads.load, asked))
        self._stable.played(asked.path)
        self._media.listed(asked.path)
        self._not_ready_since = None
        return reply

    async def _document(
        self, asked: Asked, kind: Kind, ask: PlayerAsk
    ) -> PlaylistReply | DocumentReply:
        """Return the JSON document; the answer may be a playlist instead."""
        headers = to_upstream(ask.headers.items(), kind=kind)
        loaded = await self._loader.document(
            asked.path, query=asked.query, headers=headers, root=asked.root
        )
        if loaded.json:
            return DocumentReply(loaded.body)
        return PlaylistReply(loaded.body, loaded.headers, cache=NOT_KEPT)

    async def _held(self, make: Callable[[], Awaitable[T]]) -> T:
        """Hold a request for a stream that has not started, as long as players wait.

        The time counts from when the stream was first found not to have started, so
        later requests fail at once.
        """
        for step in chain(_HOLD_STEPS, repeat(_HOLD_STEPS[0])):
            try:
                return await make()
            except NotReadyError:
                now = self._clock.mono()
                if self._not_ready_since is None:
                    self._not_ready_since = now
                end = self._not_ready_since + FIRST_BYTE_SECONDS
                if min(end, deadline_at(now).at) - now <= step:
                    raise
            await self._clock.sleep(step)
        raise AssertionError("the steps have no end")
