"""Opens resources other than playlists, checks them, and resumes them if they break."""

from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from math import inf

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.hls.text_bodies import (
    is_called_text,
)
from proxy.core.http.answers import Blame
from proxy.core.http.cache_status import NOT_KEPT
from proxy.core.http.headers import Fields, to_upstream, without_conditions
from proxy.core.http.player_query import client_data
from proxy.core.kind import Kind
from proxy.errors import (
    ImposterError,
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
from proxy.streams.media_check import MediaCheck, Shows, is_without_text
from proxy.streams.parts import fitting
from proxy.streams.passing import Passing
from proxy.streams.renewals import Renewals
from proxy.streams.texts import unsecret
from proxy.upstream.answer import Answer

_BAD_REQUEST = 400
# The first renewal may give a stale URL. The second then reloads the stale parents.
_MOST_RENEWALS = 2
# Subtitles are sometimes empty.
_MAYBE_EMPTY = frozenset({Kind.SEGMENT, Kind.PART})
_EMPTY_SECONDS = 30.0


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
        self._check = MediaCheck(key_bytes)
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
        text = _is_called_text(resource, answer)
        shows = await self._check.shown(resource, answer, text=text)
        if shows is Shows.PLAYLIST:
            return None
        judge = partial(self._check.is_media_indeed, resource)
        body = Resuming(
            answer,
            ask_on,
            clock=self._clock,
            judge=judge if shows is Shows.NOTHING_YET else None,
        )
        passing = fit.headers(crossing_with(answer, resource.kind))
        reply = MediaReply(
            fit.status, passing, fit.body(body), cache=NOT_KEPT, pause=body.pause
        )
        if is_without_text(resource, shows, piece=fit.piece is not None):
            return reply
        try:
            return await unsecret(reply, answer.private, partial(ask_on, ()), text=text)
        except BaseException as error:
            # Another answer may have continued the body meanwhile.
            await body.__aexit__(type(error), error, None)
            raise

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


def _is_called_text(resource: Resource, answer: Answer) -> bool:
    said = answer.headers.get("Content-Type", "")
    return is_called_text(resource.kind, said, resource.url, answer.url)
