"""One presentation of a stream: answers what a player asks of it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import TypeVar

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.hls.sniffing import (
    SNIFF_BYTES,
    begins_at_zero,
    is_named_playlist,
    is_playlist_answer,
    promises_media,
)
from proxy.core.http.answers import Blame
from proxy.core.http.headers import (
    JSON_DOCUMENTS,
    PLAYLISTS,
    Fields,
    to_upstream,
    without_conditions,
)
from proxy.core.http.player_query import (
    blocks,
    client_data,
    forwarded,
    undirected,
)
from proxy.core.kind import Kind
from proxy.deadline import (
    FIRST_BYTE_SECONDS,
    MEDIA_SECONDS,
    Deadline,
    InTime,
    deadline_at,
)
from proxy.errors import (
    ImposterError,
    LimitError,
    NotReadyError,
    PlayerRefusedError,
    SignatureRefusedError,
    StatusError,
    TruncatedError,
)
from proxy.fetch.asking import Asker
from proxy.fetch.judging import Wanted
from proxy.fetch.response_fields import crossing_with
from proxy.fetch.resuming import Resuming
from proxy.localise.catalog import ENTRY, MOST_PLAYLISTS, Resource
from proxy.localise.lasting import Lasting
from proxy.streams.parts import fitting
from proxy.streams.reloads import Reloads
from proxy.streams.replies import (
    DocumentReply,
    MediaReply,
    PlayerAsk,
    PlaylistReply,
    Reply,
)
from proxy.streams.resolve import Resolver
from proxy.streams.snapshots import Asked, Snapshots
from proxy.streams.texts import unsecret
from proxy.upstream.answer import Answer, Framing

T = TypeVar("T")

_HOLD_STEP_SECONDS = 1.0
# Bytes follow their head at once, unless they are held back until they are made.
_HEAD_SECONDS = 0.25
_PARTIAL, _BAD_REQUEST = 206, 400
# The second finds out what the first did not know: that its parents are stale.
_MOST_RENEWALS = 2
# Subtitles are empty now and then.
_MAYBE_EMPTY = frozenset({Kind.SEGMENT, Kind.PART})
_EMPTY_SECONDS = 30.0
_MEDIA = frozenset({Kind.SEGMENT, Kind.MAP})
# Upstream holds them until they are there, or asks others first.
_WAITED_FOR = frozenset({Kind.PART, Kind.ASSET_LIST})
# What their tags say they are: they cannot be told by their bytes.
_OPAQUE = frozenset({Kind.SESSION_DATA, Kind.MAP})


@dataclass(frozen=True, slots=True)
class Passing:
    """What of a player's request passes upstream, beside what always does."""

    parameters: Collection[str] = ()
    """Query parameters, on the entry alone: they select what it lists, and so which
    presentation of the stream is asked; see `selections`."""
    hidden: Collection[str] = ()
    """Query parameters that carry the token, in lower case: none of a player's pass."""
    client_data: bool = False
    """Whether CMCD in the query passes with requests for media too."""


class Stream:
    """One configured thing to play, or one member of a family, as it is selected.

    `name` is the configured one; `local` is where players find it, without slashes
    at its ends: `lobby`, `fastpix/4fa1`. `played` is told whenever a player asks.
    """

    def __init__(
        self,
        name: str,
        local: str,
        *,
        asker: Asker,
        resolver: Resolver,
        lasting: Lasting,
        snapshots: Snapshots,
        passing: Passing,
        key_bytes: int,
        clock: Clock,
        played: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.answered = False
        """Whether a player ever got something of it."""
        self._local = local
        self._asker = asker
        self._resolver = resolver
        self._lasting = lasting
        self._snapshots = snapshots
        self._passing = passing
        self._key_bytes = key_bytes
        self._clock = clock
        self._played = played
        self._reloads = Reloads(resolver, snapshots, clock=clock)
        self._not_ready_since: float | None = None
        self._refuses_client_data = False
        # By playlist: until when its segments are taken for empty that are.
        self._empty_until: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)

    async def open(self, path: str, ask: PlayerAsk) -> Reply:
        """Answer for the local path below the stream; failures are raised."""
        self._played()
        asked = self._asked(path, ask)
        if not blocks(asked.query) and (kept := self._snapshots.fresh(asked)):
            self._lasting.played(path)
            return kept
        begun = self._clock.mono()
        async with InTime(self._clock):
            resource = await self._held(partial(self._resolver.find, path))
        self._lasting.played(resource.parent)
        media = resource.kind in _MEDIA
        seconds = MEDIA_SECONDS if media else FIRST_BYTE_SECONDS
        async with InTime(self._clock, Deadline.of(begun, seconds)) as limit:
            if blocks(asked.query) or resource.kind in _WAITED_FOR:
                limit.reschedule(None)
            reply = await self._opened(asked, resource, ask)
        self.answered = True
        return reply

    async def _opened(self, asked: Asked, resource: Resource, ask: PlayerAsk) -> Reply:
        if resource.kind in JSON_DOCUMENTS:
            return await self._document(asked, resource.kind, ask)
        if resource.kind not in PLAYLISTS:
            reply = await self._media(asked.path, resource, ask)
            if reply is not None:
                return reply
        return await self._playlist(asked)

    def _asked(self, path: str, ask: PlayerAsk) -> Asked:
        query = forwarded(ask.query, (), self._passing.hidden)
        if path == ENTRY and self._resolver.lists_playlists(path):
            query = undirected(query)  # of no use to such a list
        return Asked(path, query, f"{ask.base_url}/{self._local}")

    async def _playlist(self, asked: Asked) -> PlaylistReply:
        self._lasting.played(asked.path)
        reply = await self._held(partial(self._reloads.load, asked))
        self._lasting.played(asked.path)
        self._not_ready_since = None
        return reply

    async def _document(
        self, asked: Asked, kind: Kind, ask: PlayerAsk
    ) -> PlaylistReply | DocumentReply:
        """Return the document; of an asset list may have become a playlist."""
        headers = to_upstream(ask.headers.items(), kind=kind)
        loaded = await self._resolver.document(
            asked.path, query=asked.query, headers=headers, root=asked.root
        )
        if loaded.json:
            return DocumentReply(loaded.body)
        return PlaylistReply(loaded.body, loaded.headers)

    async def _media(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return the resource, or None where a playlist came instead."""
        try:
            return await self._asked_media(path, resource, ask)
        except TruncatedError as error:
            if resource.kind is Kind.PART and error.blame == Blame.READ_TIMEOUT:
                raise  # it was held for as long as anything is
            # It broke before anything was sent: nothing has to be joined.
            return await self._asked_media(path, resource, ask)

    async def _asked_media(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        fields = to_upstream(ask.headers.items(), kind=resource.kind)
        told = self._told(ask.query)

        def fetch(fields: Fields) -> Awaitable[Answer]:
            wanted = Wanted(resource.kind, resource.url, ask.method, fields)
            return self._fetch(path, resource, wanted, told)

        fit = await fitting(fetch, fields)
        answer = fit.answer
        judge = partial(self._is_media, resource)
        try:
            held = await _is_held(resource, answer)
            if not held and not await judge(answer):
                answer.close()
                return None
        except BaseException:
            answer.close()
            raise
        preferences = without_conditions(fields)

        def ask_on(ranged: Fields) -> Awaitable[Answer]:
            wanted = Wanted(resource.kind, resource.url, "GET", preferences, ranged)
            return self._fetch(path, resource, wanted, told)

        passing = fit.headers(crossing_with(answer, resource.kind))
        body = Resuming(
            answer, ask_on, clock=self._clock, judge=judge if held else None
        )
        reply = MediaReply(fit.status, passing, fit.body(body))
        if held or resource.kind is Kind.KEY:
            return reply  # media by its type, and looked at when it comes; or bytes
        try:
            return await unsecret(reply, answer.private, partial(ask_on, ()))
        except BaseException as error:
            # It may have been continued by another answer meanwhile.
            await body.__aexit__(type(error), error, None)
            raise

    def _told(self, query: str) -> str:
        passing = self._passing
        return client_data(query, passing.hidden) if passing.client_data else ""

    async def _fetch(
        self, path: str, resource: Resource, wanted: Wanted, told: str
    ) -> Answer:
        """Return a usable answer; a URL that is refused is had anew.

        The first newer one may be of a load long ago, and refused as well.
        """
        parent = resource.parent
        empty = self._empty_until.get(parent, -inf) > self._clock.mono()
        wanted = replace(wanted, allow_empty=empty)
        try:
            return await self._asked_anew(path, resource, wanted, told)
        except ImposterError as error:
            if not error.empty or resource.kind not in _MAYBE_EMPTY:
                raise
        # Nothing newer has more: it is so. Its siblings are not doubted for a while.
        self._empty_until[parent] = self._clock.mono() + _EMPTY_SECONDS
        return await self._send(replace(wanted, allow_empty=True), told)

    async def _asked_anew(
        self, path: str, used: Resource, wanted: Wanted, told: str
    ) -> Answer:
        for _ in range(_MOST_RENEWALS):
            begun = self._clock.mono()
            try:
                return await self._send(replace(wanted, url=used.url), told)
            except SignatureRefusedError as error:
                used = await self._resolver.renew(path, used, error, since=begun)
        try:
            return await self._send(replace(wanted, url=used.url), told)
        except SignatureRefusedError as error:
            raise error.lasting("refused under a new URL too") from error

    async def _send(self, wanted: Wanted, told: str) -> Answer:
        """Ask with what the player added; without it, if that is refused.

        A signature of the platform may cover the whole query, ours is made with it:
        CMCD that was refused is left out from then on.
        """
        if told and not self._refuses_client_data:
            wanted = replace(wanted, query=told)
        try:
            return await self._asker.ask(wanted)
        except PlayerRefusedError:
            pass
        except StatusError as error:
            if error.status != _BAD_REQUEST or not wanted.query:
                raise
        answer = await self._asker.ask(wanted.bare)
        self._refuses_client_data |= bool(wanted.query)
        return answer

    async def _is_media(self, resource: Resource, answer: Answer) -> bool:
        kind = resource.kind
        if kind is Kind.KEY:
            most = self._key_bytes
            if len(await answer.peek(most + 1)) > most:
                size = answer.content_length
                found = f"{size:,}" if size and size > most else f"more than {most:,}"
                raise LimitError(
                    f"a key of {found} bytes", setting="limits.key_bytes", allowed=most
                )
            return True
        if kind in _OPAQUE:
            return True
        head: bytes | None = await answer.beginning(SNIFF_BYTES)
        named = is_named_playlist(resource.url, answer.url)
        if answer.framing is Framing.NONE:
            head, named = None, False
        elif answer.status == _PARTIAL:
            # A part may show no beginning to tell it by.
            content_range = answer.headers.get("Content-Range", "")
            head = head if begins_at_zero(content_range) else None
        said = answer.headers.get("Content-Type", "")
        return not is_playlist_answer(head, said, named=named)

    async def _held(self, make: Callable[[], Awaitable[T]]) -> T:
        """Hold a request for a stream that has not started, as long as players wait.

        Counted from when the stream was first found so: later requests fail at once.
        """
        while True:
            try:
                return await make()
            except NotReadyError:
                now = self._clock.mono()
                if self._not_ready_since is None:
                    self._not_ready_since = now
                end = self._not_ready_since + FIRST_BYTE_SECONDS
                if min(end, deadline_at(now).at) - now <= _HOLD_STEP_SECONDS:
                    raise
            await self._clock.sleep(_HOLD_STEP_SECONDS)


async def _is_held(resource: Resource, answer: Answer) -> bool:
    """Tell whether what is sure to be media is held back behind its head.

    Else its first bytes are looked at before the player gets anything.
    """
    said, part = answer.headers.get("Content-Type", ""), resource.kind is Kind.PART
    named = is_named_playlist(resource.url, answer.url)
    if resource.kind is Kind.KEY or not promises_media(said, part=part, named=named):
        return False
    try:
        async with asyncio.timeout(_HEAD_SECONDS):
            await answer.beginning(SNIFF_BYTES)
    except TimeoutError:
        return True
    return False
