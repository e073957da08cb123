"""Answer requests for kept playlists and resources at once, without a task.

This applies only if an earlier request with the same header fields was accepted on the
same connection. Other requests are left to `app`, which gives the same answers.
"""

import asyncio
from typing import NamedTuple, cast

from aiohttp import web

from proxy.core.http.paths import LocalPath
from proxy.errors import HlsAuthProxyError
from proxy.replies import PlayerAsk
from proxy.web.app import App, meets
from proxy.web.caller import Caller
from proxy.web.direct_answers import written
from proxy.web.guard import is_path
from proxy.web.kept_resource import send_file
from proxy.web.prompt_connection import PromptHandler, RestOfAnswer
from proxy.web.protocol import QuietHandler
from proxy.web.ready_answers import Left, ReadyAnswer, piece_of, send
from proxy.web.same_head import Head
from proxy.web.site import SiteStream
from proxy.web.visit import Visit


class _Found(NamedTuple):
    place: LocalPath
    stream: SiteStream
    piece: ReadyAnswer


class AtOnce:
    """Answers requests for kept playlists and resources."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(
        self,
        head: Head,
        connection: PromptHandler,
        transport: asyncio.Transport,
    ) -> RestOfAnswer | bool:
        """Answer a GET; return False if that is not possible without waiting.

        If the player reads too slowly, return the rest of the answer.
        """
        app = self._app
        handler = cast("QuietHandler", connection)  # our servers create no other kind
        caller = meets(app.site, head.raw_headers, handler)
        if caller is None or caller.last or caller.window or app.draining:
            return False
        visit = Visit("GET", app.clock.mono)
        try:
            found = self._find(head, caller, handler)
        except HlsAuthProxyError:
            return False  # `app` runs into the same error, and answers with it
        if found is None:
            return False
        place, stream, piece = found
        visit.stream = place.stream
        visit.path = f"{place.id}/{place.path}" if place.id else place.path
        left = send(piece, visit, transport)
        if left is None:
            app.tell(visit.ended())
            return True
        visit.uses(stream.usage)
        return _Rest(app, visit, caller, left)

    def _find(
        self, head: Head, caller: Caller, connection: QuietHandler
    ) -> _Found | None:
        if not is_path(head.path):
            return None
        site = self._app.site
        path, _, query = head.path.partition("?")
        place = site.route(path)
        if not isinstance(place, LocalPath) or place.leads_to:
            return None
        if place.id is None:
            stream = site.streams.find(place.stream)
        else:
            stream = site.streams.peek(place.stream, place.id)
        if stream is None:
            return None
        ask = PlayerAsk("GET", query, head.headers, caller.base_url)
        reply = stream.at_hand(place.path, ask)
        if reply is None:
            connection.missed = head.path
            return None
        piece = piece_of(reply, ask, caller)
        return None if piece is None else _Found(place, stream, piece)


class _Rest:
    """The rest of an answer; sends it."""

    def __init__(self, app: App, visit: Visit, caller: Caller, left: Left) -> None:
        self._app = app
        self._visit = visit
        self._caller = caller
        self._left = left

    async def go_on(self, request: web.BaseRequest) -> web.StreamResponse:
        """Send the rest; raise ConnectionError if the player disconnects."""
        return await self._app.watch(self._visit, self._sent(request))

    async def _sent(self, request: web.BaseRequest) -> web.StreamResponse:
        outgoing = self._app.outgoing(request, self._visit, self._caller)
        await outgoing.settle(self._left.size)
        if self._left.file is not None:
            async with self._left.file as body:
                await send_file(outgoing, body)
        return written(self._visit.status or 0, last=False)

    def lost(self) -> None:
        """Record that the player has disconnected."""
        self._visit.cut_by("player")
        self._visit.end()
        self._app.tell(self._visit.ended())
