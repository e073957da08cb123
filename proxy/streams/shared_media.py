"""Answers requests for resources from what is kept, or fetches them once for all.

In front of `media`, which asks the upstream for one request. A resource that is kept
and fresh is a hit. One that is being fetched is followed. Anything else is fetched, for
all who ask meanwhile. What depends on one player goes upstream as its own request.
"""

from collections.abc import Callable

from proxy.core.http.wishes import conditions, wish_of
from proxy.core.kind import Kind
from proxy.localise.listing import Resource
from proxy.store.key import Span
from proxy.streams.kept_media import KeptMedia
from proxy.streams.keys import Keys, Named
from proxy.streams.replies import MediaReply, PlayerAsk
from proxy.streams.sharing import Request, Sharing

_GET = "GET"
_CLIENT_DATA, _CLIENT_DATA_FIELD = "CMCD", "cmcd-"


class SharedMedia:
    """The resources of one presentation, each fetched once for all players."""

    def __init__(
        self,
        sharing: Sharing,
        kept: KeptMedia,
        keys: Keys,
        *,
        client_data: bool,
        ended: Callable[[str], bool],
    ) -> None:
        """`client_data` says whether CMCD of players goes upstream.

        `ended` returns whether the playlist at a path has ended.
        """
        self._sharing = sharing
        self._kept = kept
        self._keys = keys
        self._client_data = client_data
        self._ended = ended

    def hit(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return a resource that is kept and fresh, without waiting; else None.

        Raises StatusError (416) if a range is outside it.
        """
        named = self._named(path, resource, ask)
        return None if named is None else self._kept.hit(named.key, ask)

    async def open(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return the resource, or None if the answer is a playlist."""
        named = self._named(path, resource, ask) if self._kept.is_on else None
        if named is None:
            return await self._sharing.alone(path, resource, ask, "bypass")
        # It may have come while the name was looked up.
        if (reply := self._kept.hit(named.key, ask)) is not None:
            return reply
        looks = named.lasting and not self._sharing.is_filling(named.key)
        if looks and (reply := await self._kept.on_disk(named.key, ask)) is not None:
            return reply
        wish = wish_of(conditions(ask.headers)) if ask.method == _GET else None
        if wish is None:
            return await self._sharing.alone(path, resource, ask, "request")
        # A key of a live presentation may be replaced at any time.
        may_be_old = resource.kind is not Kind.KEY or self._ended(resource.parent)
        request = Request(path, resource, ask, wish, named, may_be_old)
        return await self._sharing.open(request)

    async def lasting(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> MediaReply | None:
        """Return a resource of an ended playlist that is kept and fresh.

        The URL of the resource is not needed.
        """
        named = self._named(path, resource, ask)
        if named is None or not named.lasting:
            return None
        hit = self._kept.hit(named.key, ask)
        return hit or await self._kept.on_disk(named.key, ask)

    def old(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return a resource that `lasting` has found too old."""
        named = self._named(path, resource, ask)
        return None if named is None else self._kept.old(named.key, ask)

    def remove(self, path: str, resource: Resource, span: Span | None) -> None:
        """Drop what is kept of a resource: the whole, or one part of it."""
        named = self._keys.of(path, resource)
        if named is not None:
            self._kept.remove(named.key._replace(span=span))

    def _named(self, path: str, resource: Resource, ask: PlayerAsk) -> Named | None:
        if self._client_data and _brings_client_data(ask):
            return None
        return self._keys.of(path, resource)


def _brings_client_data(ask: PlayerAsk) -> bool:
    return _CLIENT_DATA in ask.query or any(
        name.lower().startswith(_CLIENT_DATA_FIELD) for name in ask.headers
    )
