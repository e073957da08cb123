"""Turn a request into its answer.

aiohttp's router is not used, because it decodes the path first. If two components
interpret a path differently, checks can be bypassed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from aiohttp import hdrs, web

from proxy import replies
from proxy.clock import Clock
from proxy.core.http.cache_status import NOT_KEPT
from proxy.core.http.fetch_metadata import opens
from proxy.core.http.paths import LocalPath, Page
from proxy.errors import HlsAuthProxyError, NameUnknownError
from proxy.events.event import Tell
from proxy.metrics import Metrics
from proxy.streams.status import StoreStatus, StreamStatus
from proxy.web import failures, health
from proxy.web.all_workers import AllWorkers, WholeStatus
from proxy.web.caller import Caller, RawHead
from proxy.web.configuration import ConfigurationStatus
from proxy.web.home import home
from proxy.web.paced_sending import Outgoing
from proxy.web.playlist import playlist_reply
from proxy.web.protocol import QuietHandler
from proxy.web.relay import relay
from proxy.web.reply import WholeReply, json_reply, redirect, refusal
from proxy.web.site import Site, SiteStream
from proxy.web.slow_readers import Readers
from proxy.web.visit import Visit


@dataclass(slots=True, kw_only=True)
class App:
    """Answers the requests of players; the server calls it for each request."""

    site: Site
    """May be replaced at any time; a request keeps the one it started with."""
    status: Callable[[], Sequence[StreamStatus]]
    """Returns the state of every configured stream and family."""
    store: Callable[[], StoreStatus] | None = None
    """Returns how much the store holds; None if there is no store."""
    configuration: Callable[[], ConfigurationStatus] | None = None
    """Returns the state of the configuration; None if it is never reloaded."""
    whole: AllWorkers | None = None
    """The other processes that serve the same streams; None if there are none."""
    metrics: Metrics
    tell: Tell
    """Called with an event when a request is over."""
    clock: Clock
    readers: Readers
    """The players that read slowly; the server asks it to make room."""
    _draining: bool = field(default=False, init=False)

    @property
    def draining(self) -> bool:
        """Whether the program is about to stop."""
        return self._draining

    def drain(self) -> None:
        """Prepare to stop: report not ready, and close connections after answers."""
        self._draining = True

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request. An error raised here ends the connection without an answer.

        Cancelled when the player disconnects.
        """
        visit = Visit(request.method, self.clock.mono)
        return await self.watch(visit, self._answer(request, visit))

    async def watch(
        self, visit: Visit, answering: Awaitable[web.StreamResponse]
    ) -> web.StreamResponse:
        """Record who ended an answer, and report the event when it is over."""
        self.metrics.program.in_flight += 1
        try:
            return await answering
        except (asyncio.CancelledError, ConnectionError):
            visit.cut_by("shutdown" if self._draining else "player")
            raise
        except HlsAuthProxyError:
            visit.cut_by("upstream")
            raise
        finally:
            self.metrics.program.in_flight -= 1
            visit.end()
            self.tell(visit.ended())

    def outgoing(
        self, request: web.BaseRequest, visit: Visit, caller: Caller
    ) -> Outgoing:
        """Return the object that sends the answer to a request."""
        return Outgoing(
            request,
            visit,
            caller,
            readers=self.readers,
            closing=lambda: self._draining,
        )

    async def _answer(
        self, request: web.BaseRequest, visit: Visit
    ) -> web.StreamResponse:
        site = self.site
        caller, refused = _meet(site, request)
        outgoing = self.outgoing(request, visit, caller)
        try:
            found = refused or await self._find(site, request, caller, visit)
            if isinstance(found, replies.MediaReply):
                return await relay(outgoing, found)
        except HlsAuthProxyError as error:
            if visit.status is not None:
                raise
            found = failures.reply_to(error)
        visit.problem, visit.detail = found.problem, found.detail
        return await outgoing.send(found)

    async def _find(
        self, site: Site, request: web.BaseRequest, caller: Caller, visit: Visit
    ) -> WholeReply | replies.MediaReply:
        if request.method == hdrs.METH_OPTIONS:
            return site.guard.cors.options(caller.origin)
        path, _, query = request.raw_path.partition("?")
        route = site.route(path)
        ask = replies.PlayerAsk(request.method, query, request.headers, caller.base_url)
        if isinstance(route, Page):
            visit.page = True
            return await self._page(route, ask.base_url)
        if caller.window and not opens(route.path):
            return refusal(403, "opened as a page of its own")
        connection = cast("QuietHandler", request.protocol)
        missed, connection.missed = connection.missed == request.raw_path, None
        return await _open(site, route, ask, visit, missed=missed)

    async def _page(self, page: Page, base_url: str) -> WholeReply:
        match page:
            case Page.HOME:
                whole = await self._whole()
                return home(whole.streams, base_url, self._configuration())
            case Page.LIVE:
                return health.live()
            case Page.READY:
                return health.ready(self.status(), draining=self._draining)
            case Page.METRICS:
                text = await self.whole.metrics() if self.whole else None
                return health.numbers(text or await self.metrics.rendered())
            case Page.STATUS:
                return health.state(await self._whole(), self._configuration())

    async def _whole(self) -> WholeStatus:
        status = await self.whole.status() if self.whole else None
        store = self.store() if self.store else None
        return status or WholeStatus(self.status(), store=store)

    def _configuration(self) -> ConfigurationStatus | None:
        return self.configuration() if self.configuration else None


def meets(site: Site, head: RawHead, connection: QuietHandler) -> Caller | None:
    """Return the caller of a connection, if this site accepted these fields before."""
    known = connection.caller
    return known if known and known.site is site and known.head == head else None


def _meet(site: Site, request: web.BaseRequest) -> tuple[Caller, WholeReply | None]:
    """Return who is asking, and the refusal if the request is refused."""
    # Our servers create only this kind of handler.
    connection = cast("QuietHandler", request.protocol)
    known = meets(site, request.raw_headers, connection)
    if known:
        return known, site.guard.refusal(request, known=True)
    refused = site.guard.refusal(request)
    caller = Caller.of(
        request, site.guard.cors, base_url=site.base_url(request), site=site
    )
    # Only accepted heads are kept: their length is limited. Without a Host field, the
    # first line decides whether a head is accepted, so it is not kept either.
    kept = not refused and hdrs.HOST in request.headers
    connection.caller = caller if kept else None
    return caller, refused


async def _open(
    site: Site, place: LocalPath, ask: replies.PlayerAsk, visit: Visit, *, missed: bool
) -> WholeReply | replies.MediaReply:
    # A redirect does not create a member. Whether the member exists is checked when
    # the player follows the redirect.
    stream = None if place.leads_to and place.id else await _stream(site, place)
    visit.stream = place.stream
    visit.path = f"{place.id}/{place.path}" if place.id else place.path
    if stream is None or place.leads_to:
        tail = f"?{ask.query}" if ask.query else ""
        return WholeReply(302, ((hdrs.LOCATION, place.leads_to + tail),))
    visit.uses(stream.usage)
    if missed:
        found = await stream.wait(place.path, ask)
    else:
        found = await stream.open(place.path, ask)
    if isinstance(found, replies.PlaylistReply):
        return await playlist_reply(found, ask.headers)
    if isinstance(found, replies.DocumentReply):
        return json_reply(found.body, ("Cache-Status", NOT_KEPT.line))
    if isinstance(found, replies.RedirectReply):
        return redirect(found.url)
    return found


async def _stream(site: Site, place: LocalPath) -> SiteStream:
    if place.id is not None:
        return await site.streams.member(place.stream, place.id)
    stream = site.streams.find(place.stream)
    if stream is None:
        raise NameUnknownError(_no_stream(place.stream))
    return stream


def _no_stream(name: str) -> str:
    """Return a message about an unknown stream that is safe to log.

    The name may be an access key that is no longer configured, or a token.
    """
    return f'there is no stream "{name[:2]}..." ({len(name)} characters)'
