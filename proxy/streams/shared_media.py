"""Answers requests for resources from the store, or fetches each once for all players.

It comes before `media`, which sends one upstream request per player's request. A
resource that is kept and fresh is a hit. A resource that is being fetched is followed:
the player gets its bytes as they arrive. Anything else is fetched, and players that
request it meanwhile share the fetch. A request that depends on its player goes upstream
on its own.
"""

from collections.abc import Callable
from functools import partial

from proxy.core.http.wanted_part import conditions, wish_of
from proxy.core.kind import Kind
from proxy.errors import UpstreamError
from proxy.localise.listing import Resource
from proxy.replies import MediaReply, PlayerAsk
from proxy.sharing.joining import Request, Sharing
from proxy.sharing.kept_media import KeptMedia
from proxy.sharing.keys import KeyedResource, Keys
from proxy.store.key import Span
from proxy.streams.prefetcher import Prefetcher

_GET = "GET"
_CLIENT_DATA, _CLIENT_DATA_FIELD = "CMCD", "cmcd-"


class SharedMedia:
    """The resources of one presentation, each fetched once for all players."""

    def __init__(
        self,
        sharing: Sharing,
        kept: KeptMedia,
        keys: Keys,
        ahead: Prefetcher | None = None,
        *,
        client_data: bool,
        ended: Callable[[str], bool],
    ) -> None:
        """`client_data` says whether players' CMCD is forwarded upstream.

        `ended` returns whether the playlist at a path has ended.
        """
        self._sharing = sharing
        self._kept = kept
        self._keys = keys
        self._ahead = ahead
        self._client_data = client_data
        self._ended = ended

    def hit(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return a resource that is kept and fresh, without waiting; else None.

        Raises StatusError (416) if a range is outside it.
        """
        named = self._named(path, resource, ask)
        if named is None or (reply := self._kept.hit(named.key, ask)) is None:
            return None
        return self._asked(path, resource, named, ask, reply)

    async def open(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return the resource, or None if the answer is a playlist."""
        named = self._named(path, resource, ask) if self._kept.is_on else None
        if named is None:
            return await self._sharing.alone(path, resource, ask, "bypass")
        # It may have arrived while the name was looked up.
        reply = self._kept.hit(named.key, ask)
        looks = named.lasting and not self._sharing.is_filling(named.key)
        if reply is None and looks:
            reply = await self._kept.on_disk(named.key, ask)
        if reply is None:
            try:
                reply = await self._fetched(path, resource, named, ask)
            except UpstreamError as error:
                if self._ahead is not None:
                    self._ahead.failed(error)
                raise
        return reply and self._asked(path, resource, named, ask, reply)

    def listed(self, path: str) -> None:
        """Fetch ahead after the playlist at a path was loaded, if players play it."""
        if self._ahead is not None:
            self._ahead.listed(path)

    async def _fetched(
        self, path: str, resource: Resource, named: KeyedResource, ask: PlayerAsk
    ) -> MediaReply | None:
        wish = wish_of(conditions(ask.headers)) if ask.method == _GET else None
        if wish is None:
            return await self._sharing.alone(path, resource, ask, "request")
        # A key of a live presentation may be replaced at any time.
        may_be_old = resource.kind is not Kind.KEY or self._ended(resource.parent)
        is_hinted = partial(self._is_hinted, path, resource)
        request = Request(
            path,
            resource,
            ask=ask,
            wish=wish,
            named=named,
            may_be_old=may_be_old,
            is_hinted=is_hinted,
        )
        return await self._sharing.open(request)

    async def lasting(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return a kept and fresh resource that an ended playlist lists, else None.

        `resource` may lack its URL.
        """
        named = self._named(path, resource, ask)
        if named is None or not named.lasting:
            return None
        hit = self._kept.hit(named.key, ask)
        return hit or await self._kept.on_disk(named.key, ask)

    def old(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return a resource that was too old for `lasting`."""
        named = self._named(path, resource, ask)
        return None if named is None else self._kept.old(named.key, ask)

    def remove(self, path: str, resource: Resource, span: Span | None) -> None:
        """Drop a kept resource, or only the kept part at `span`."""
        named = self._keys.of(path, resource)
        if named is not None:
            self._kept.remove(named.key._replace(span=span))

    def _asked(
        self,
        path: str,
        resource: Resource,
        named: KeyedResource,
        ask: PlayerAsk,
        reply: MediaReply,
    ) -> MediaReply:
        """Record what a player gets, and fetch ahead; return the reply unchanged."""
        played = resource.kind is Kind.SEGMENT and ask.method == _GET
        if played and self._ahead is not None and _is_all(ask):
            self._ahead.asked(path, resource, named, ask.base_url)
        return reply

    def _is_hinted(self, path: str, resource: Resource) -> bool:
        named = self._keys.of(path, resource)
        return named is None or named.hinted

    def _named(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> KeyedResource | None:
        if self._client_data and _brings_client_data(ask):
            return None
        return self._keys.of(path, resource)


def _is_all(ask: PlayerAsk) -> bool:
    """Return whether a player requests the whole resource.

    If a file holds many segments, a request for a range of it does not show which
    segment is played.
    """
    said = ask.headers.get("Range")
    return said is None or said.strip().lower() == "bytes=0-"


def _brings_client_data(ask: PlayerAsk) -> bool:
    return _CLIENT_DATA in ask.query or any(
        name.lower().startswith(_CLIENT_DATA_FIELD) for name in ask.headers
    )
