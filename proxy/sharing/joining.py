"""Joins players that request a resource to the fill that fetches it for all.

If a fill fails before the head of the answer, the waiting players share one more fill.
If there is an old copy, they get that copy instead, although it is stale.
"""

import contextlib
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from functools import partial
from math import inf
from typing import Protocol

from cachetools import TTLCache

from proxy.clock import Clock
from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.caching import may_be_stale
from proxy.core.http.headers import Fields
from proxy.core.http.reuse import is_away
from proxy.core.http.wanted_part import ALL, Wish
from proxy.core.kind import Kind
from proxy.deadline import deadline_at, hasty
from proxy.errors import (
    HlsAuthProxyError,
    TokenUnavailableError,
    TruncatedError,
    UnreachableError,
)
from proxy.localise.listing import Resource
from proxy.replies import MediaReply, PlayerAsk
from proxy.sharing.fill import Fill
from proxy.sharing.fill_orders import Begun, FillHead, Found, Handed, Order, StillValid
from proxy.sharing.fills import Fills
from proxy.sharing.kept_media import KeptMedia
from proxy.sharing.keys import KeyedResource
from proxy.sharing.rest_of_body import Rest
from proxy.sharing.shared_replies import UnfitError, begun_reply, own_reply
from proxy.store.key import Key, Span
from proxy.store.port import Kept

STALE_SECONDS = 2.0
"""How long the upstream may stay silent if there is a stale copy to serve."""

BRIDGE_SECONDS = 5.0
"""How long a stale copy is served without a new request, after a failure."""

_MOST_BRIDGED = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """A player's request for a resource that may be shared."""

    path: str
    resource: Resource
    _: KW_ONLY
    ask: PlayerAsk
    wish: Wish
    named: KeyedResource
    may_be_old: bool
    """Whether the player may get an old copy if the upstream fails."""
    is_hinted: Callable[[], bool] = lambda: False
    """Returns whether it is a part that is only announced so far (a preload hint)."""


class Opens(Protocol):
    """Opens a resource upstream."""

    async def open(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return the resource, or None if the answer is a playlist."""
        ...


class Sharing:
    """Connects the players of one presentation with its fills."""

    def __init__(
        self, media: Opens, fills: Fills, kept: KeptMedia, *, clock: Clock
    ) -> None:
        self._media = media
        self._fills = fills
        self._counts = fills.counts
        self._kept = kept
        self._clock = clock
        self._bridged: TTLCache[Key, None] = TTLCache(
            _MOST_BRIDGED, BRIDGE_SECONDS, timer=clock.mono
        )

    def is_filling(self, key: Key) -> bool:
        """Return whether a resource is being fetched for all."""
        return self._fills.running(key) is not None

    def ahead(
        self, path: str, resource: Resource, named: KeyedResource, base_url: str
    ) -> Fill:
        """Begin to fetch a resource that no player has requested yet."""
        nobody = PlayerAsk("GET", "", {}, base_url)
        request = Request(
            path, resource, ask=nobody, wish=ALL, named=named, may_be_old=False
        )
        return self._begin(named.key, request, None, ahead=True)

    async def open(self, request: Request) -> MediaReply | None:
        """Return the reply for a player; None if the answer is a playlist."""
        key, wish = request.named.key, request.wish
        if wish.whole or self._fills.joinable(key) is not None:
            try:
                return await self._filled(key, request)
            except UnfitError:
                pass  # the length of the resource is not known yet
        span, growing = wish.span, request.resource.kind is Kind.PART
        if span is None or (span[1] is None and not growing):
            return await self._own(request)
        return await self._filled(key._replace(span=Span(*span)), request)

    async def alone(
        self,
        path: str,
        resource: Resource,
        ask: PlayerAsk,
        reason: str,
        detail: str = "",
    ) -> MediaReply | None:
        """Ask upstream for one player only; `reason` is a `fwd` value of RFC 9211."""
        self._counts.bypasses += 1
        reply = await self._media.open(path, resource, ask)
        cache = CacheStatus(fwd=reason, detail=detail)
        return None if reply is None else replace(reply, cache=cache)

    async def _alone(self, request: Request, fields: Fields) -> MediaReply | None:
        ask = PlayerAsk("GET", "", dict(fields), request.ask.base_url)
        return await self._media.open(request.path, request.resource, ask)

    async def _own(self, request: Request, detail: str = "") -> MediaReply | None:
        path, resource, ask = request.path, request.resource, request.ask
        return await self.alone(path, resource, ask, "uri-miss", detail)

    async def _filled(self, key: Key, request: Request) -> MediaReply | None:
        """Return the reply from a fill; begin one if there is none to join."""
        stale = self._kept.find(key) if request.may_be_old else None
        if stale is not None and key in self._bridged and _bridges(stale):
            return self._kept.stale(stale, key.span, request.ask)
        again = False
        while True:
            fill, first = self._fills.joinable(key), False
            if fill is None:
                unshared = self._fills.unshared(key, request.resource.kind)
                if unshared is not None:
                    return await self._own(request, unshared.why)
                fill, first = self._begin(key, request, stale, again=again), True
            try:
                return await self._from(fill, request, stale, first=first)
            except HlsAuthProxyError as error:
                if stale is not None and _is_away(error) and _bridges(stale):
                    self._bridged[key] = None
                    return self._kept.stale(stale, key.span, request.ask)
                if again or fill.order.again or not self._may_repeat(fill, error):
                    raise
            again = True

    def _begin(
        self,
        key: Key,
        request: Request,
        stale: Kept | None,
        *,
        again: bool = False,
        ahead: bool = False,
    ) -> Fill:
        path, resource, base = request.path, request.resource, request.ask.base_url

        async def ask(fields: Fields) -> MediaReply | None:
            for_all = PlayerAsk("GET", "", dict(fields), base)
            with hasty() if ahead else contextlib.nullcontext():
                return await self._media.open(path, resource, for_all)

        named = request.named
        order = Order(
            key,
            resource.kind,
            keeps=named.listed,
            lasting=named.lasting,
            stale=stale,
            again=again,
            ahead=ahead,
            is_hinted=request.is_hinted,
        )
        return self._fills.begin(order, ask)

    async def _from(
        self,
        fill: Fill,
        request: Request,
        stale: Kept | None,
        *,
        first: bool,
    ) -> MediaReply | None:
        """Return the reply from a fill; the player counts as its user."""
        first = self._fills.join(fill, first=first)
        wish, following, spare = request.wish, False, None
        try:
            head = await self._head(fill, stale)
            if isinstance(head, Begun):
                left = partial(self._fills.leave, fill, first=first)
                cache = _status(stale, stored=head.shared.kept, collapsed=not first)
                age = int(self._clock.wall() - head.shared.head.born_at) or None
                rest = Rest(head, partial(self._alone, request), self._clock)
                reply = begun_reply(head, wish, cache, age, left, rest.after)
                following = True
                return reply
            if isinstance(head, Handed) and (
                wish.whole or fill.order.key.span is not None
            ):
                spare = fill.take()
        finally:
            if not following:
                self._fills.leave(fill, 0, first=first)
        if isinstance(head, Found):
            cache = CacheStatus(hit=True)
            return self._kept.reply(head.kept, fill.order.key.span, request.ask, cache)
        if isinstance(head, StillValid):
            cache = _status(stale, stored=True, collapsed=not first)
            return self._kept.reply(head.kept, fill.order.key.span, request.ask, cache)
        if head is None:
            return None
        if spare is None:
            return await self._own(request, head.unshared.why)
        cache = CacheStatus(fwd="uri-miss", detail=head.unshared.why)
        return replace(own_reply(spare, wish), cache=cache)

    async def _head(self, fill: Fill, stale: Kept | None) -> FillHead:
        """Wait for the head of the answer; only briefly if there is an alternative."""
        seconds = STALE_SECONDS if stale is not None and _bridges(stale) else inf
        if fill.order.ahead:
            seconds = min(seconds, fill.seconds_to_silence)
        if fill.has_head or seconds == inf:
            return await fill.head()
        try:
            async with self._clock.timeout(seconds):
                return await fill.head()
        except TimeoutError:
            raise UnreachableError("the upstream is silent", timed_out=True) from None

    def _may_repeat(self, fill: Fill, error: HlsAuthProxyError) -> bool:
        now = self._clock.mono()
        passing = is_away(error) or isinstance(error, TruncatedError)
        # A fill that was begun ahead is given up at its first failure of any kind.
        return (passing or fill.order.ahead) and deadline_at(now).allows_another(now)


def _bridges(stale: Kept) -> bool:
    """Return whether a stale copy may be served while the upstream fails."""
    return may_be_stale(stale.head.headers)


def _status(stale: Kept | None, *, stored: bool, collapsed: bool) -> CacheStatus:
    fwd = "uri-miss" if stale is None else "stale"
    return CacheStatus(fwd=fwd, stored=stored, collapsed=collapsed)


def _is_away(error: HlsAuthProxyError) -> bool:
    """Return whether an error is not about the resource itself."""
    return is_away(error) or isinstance(error, TokenUnavailableError)
