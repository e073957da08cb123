"""Opens resources other than playlists, checks them, and resumes them if they break."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from enum import Enum
from functools import partial
from math import inf

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.hls.sniffing import (
    SNIFF_BYTES,
    begins_at_zero,
    is_named_playlist,
    is_plainly_media,
    is_playlist_answer,
    promises_media,
)
from proxy.core.hls.text_bodies import (
    SAMPLE_BYTES,
    is_called_text,
    is_known_media,
    is_surely_text,
)
from proxy.core.http.answers import Blame
from proxy.core.http.cache_status import NOT_KEPT
from proxy.core.http.framing import Framing
from proxy.core.http.headers import Fields, to_upstream, without_conditions
from proxy.core.http.player_query import client_data
from proxy.core.kind import Kind
from proxy.errors import (
    ImposterError,
    LimitError,
    PlayerRefusedError,
    SignatureRefusedError,
    StatusError,
    TruncatedError,
)
from proxy.fetch.asking import Asker
from proxy.fetch.response_fields import crossing_with
from proxy.fetch.resuming import Resuming
from proxy.fetch.wanted import Wanted
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.localise.listing import Resource
from proxy.replies import MediaReply, PlayerAsk
from proxy.streams.parts import fitting
from proxy.streams.passing import Passing
from proxy.streams.renewals import Renewals
from proxy.streams.texts import unsecret
from proxy.upstream.answer import Answer

# The first bytes follow the head at once, unless the upstream is still producing them.
_HEAD_SECONDS = 0.25
_OK, _PARTIAL, _BAD_REQUEST = 200, 206, 400
# The first renewal may give a stale URL. The second then reloads the stale parents.
_MOST_RENEWALS = 2
# Subtitles are sometimes empty.
_MAYBE_EMPTY = frozenset({Kind.SEGMENT, Kind.PART})
_EMPTY_SECONDS = 30.0
_PLAYED = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# Their bytes do not show what they are, so their tags are trusted.
_OPAQUE = frozenset({Kind.SESSION_DATA, Kind.MAP})


class _Shows(Enum):
    """What the beginning of an answer shows."""

    MEDIA = "media, by its bytes"
    NO_PLAYLIST = "no playlist"
    NOTHING_YET = "nothing yet, but its type is that of media"
    PLAYLIST = "a playlist"


class Media:
    """The segments, keys and other resources of one presentation."""

    def __init__(
        self,
        asker: Asker,
        renewals: Renewals,
        *,
        passing: Passing,
        key_bytes: int,
        clock: Clock,
    ) -> None:
        self._asker = asker
        self._renewals = renewals
        self._passing = passing
        self._key_bytes = key_bytes
        self._clock = clock
        self._refuses_client_data = False
        # By playlist: until when its empty segments are accepted as empty.
        self._empty_until: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)

    def hit(self, path: str, resource: Resource, ask: PlayerAsk) -> None:
        """Return None: nothing is kept."""

    def listed(self, path: str) -> None:
        """Do nothing: nothing is fetched ahead."""

    async def open(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return the resource, or None if the answer is a playlist."""
        try:
            return await self._asked_media(path, resource, ask)
        except TruncatedError as error:
            if resource.kind is Kind.PART and error.blame == Blame.READ_TIMEOUT:
                raise  # the upstream held it for the longest time allowed
            # It broke off before the player got anything, so it can simply be repeated.
            return await self._asked_media(path, resource, ask)

    async def _asked_media(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        fields = to_upstream(ask.headers.items(), kind=resource.kind)
        told = self._told(ask.query)

        def fetch(
            fields: Fields, method: str = ask.method, ours: Fields = ()
        ) -> Awaitable[Answer]:
            wanted = Wanted(resource.kind, resource.url, path, method, fields, ours)
            return self._fetch(path, resource, wanted, told)

        def ask_on(ranged: Fields) -> Awaitable[Answer]:
            return fetch(without_conditions(fields), "GET", ranged)

        fit = await fitting(fetch, fields)
        answer = fit.answer
        said = answer.headers.get("Content-Type", "")
        text = is_called_text(resource.kind, said, resource.url, answer.url)
        shows = _Shows.MEDIA
        if text or not _is_plain(resource, answer):
            shows = await self._looked_at(resource, answer, text=text)
        if shows is _Shows.PLAYLIST:
            return None
        judge = partial(self._is_media_indeed, resource)
        body = Resuming(
            answer,
            ask_on,
            clock=self._clock,
            judge=judge if shows is _Shows.NOTHING_YET else None,
        )
        passing = fit.headers(crossing_with(answer, resource.kind))
        reply = MediaReply(fit.status, passing, fit.body(body), NOT_KEPT)
        if _is_without_text(resource, shows, piece=fit.piece is not None):
            return reply
        try:
            return await unsecret(reply, answer.private, partial(ask_on, ()), text=text)
        except BaseException as error:
            # Another answer may have continued the body meanwhile.
            await body.__aexit__(type(error), error, None)
            raise

    async def _looked_at(
        self, resource: Resource, answer: Answer, *, text: bool
    ) -> _Shows:
        """Return what the beginning of an answer shows; a playlist is closed."""
        try:
            if not text and await _is_held(resource, answer):
                return _Shows.NOTHING_YET
            if await self._is_media(resource, answer):
                return _Shows.NO_PLAYLIST
        except BaseException:
            answer.close()
            raise
        answer.close()
        return _Shows.PLAYLIST

    def _told(self, query: str) -> str:
        passing = self._passing
        return client_data(query, passing.hidden) if passing.client_data else ""

    async def _fetch(
        self, path: str, resource: Resource, wanted: Wanted, told: str
    ) -> Answer:
        """Return a usable answer, with a newer URL if this one is refused.

        The first newer URL may come from an old load, and be refused as well.
        """
        parent = resource.parent
        if self._empty_until.get(parent, -inf) > self._clock.mono():
            wanted = replace(wanted, allow_empty=True)
        try:
            return await self._asked_anew(path, resource, wanted, told)
        except ImposterError as error:
            if not error.empty or resource.kind not in _MAYBE_EMPTY:
                raise
        # A newer URL is empty too, so the resource is. Accept empty siblings for a
        # while.
        self._empty_until[parent] = self._clock.mono() + _EMPTY_SECONDS
        return await self._send(replace(wanted, allow_empty=True), told)

    async def _asked_anew(
        self, path: str, used: Resource, wanted: Wanted, told: str
    ) -> Answer:
        for _ in range(_MOST_RENEWALS):
            begun = self._clock.mono()
            try:
                return await self._send(wanted, told)
            except SignatureRefusedError as error:
                used = await self._renewals.renew(path, used, error, since=begun)
                wanted = replace(wanted, url=used.url)
        try:
            return await self._send(wanted, told)
        except SignatureRefusedError as error:
            raise error.lasting("refused under a new URL too") from error

    async def _send(self, wanted: Wanted, told: str) -> Answer:
        """Send the request with the player's additions; without them, if refused.

        The platform's signature may cover the whole query, so added CMCD breaks it. Our
        own signature is made after adding it. CMCD that was refused is left out from
        then on.
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
            # A part may not include the beginning, which shows what it is.
            content_range = answer.headers.get("Content-Range", "")
            head = head if begins_at_zero(content_range) else None
        said = answer.headers.get("Content-Type", "")
        return not is_playlist_answer(head, said, named=named)

    async def _is_media_indeed(self, resource: Resource, answer: Answer) -> bool:
        """Return whether the body is media as its type says, once some bytes came."""
        head = await answer.beginning(SNIFF_BYTES)
        return await self._is_media(resource, answer) and not is_surely_text(head)


def _is_without_text(resource: Resource, shows: _Shows, *, piece: bool) -> bool:
    """Return whether there is no text in which a secret could be.

    Held media is checked when its bytes come.
    """
    if shows is _Shows.NOTHING_YET or resource.kind is Kind.KEY:
        return True
    return shows is _Shows.MEDIA and not piece


def _is_plain(resource: Resource, answer: Answer) -> bool:
    """Return whether the bytes already received show media, so no check is left.

    The first bytes of a later part show nothing, and a key may be any bytes.
    """
    whole = answer.status == _OK and resource.kind in _PLAYED
    head = answer.shown(SAMPLE_BYTES) if whole else b""
    return is_plainly_media(head) and is_known_media(head)


async def _is_held(resource: Resource, answer: Answer) -> bool:
    """Return whether the answer is surely media and its body is still held back.

    If not, its first bytes are checked before the player gets anything.
    """
    if answer.shows(SNIFF_BYTES):
        return False
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
