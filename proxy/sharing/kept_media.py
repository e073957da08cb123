"""Answers requests for resources from the store."""

from proxy.clock import Clock
from proxy.core.http.cache_status import CacheStatus
from proxy.core.http.wanted_part import wish_of
from proxy.replies import MediaReply, PlayerAsk
from proxy.sharing.shared_replies import kept_reply
from proxy.sharing.store_counts import StoreCounts
from proxy.sharing.unrequested import Unasked
from proxy.store.key import Key, Span
from proxy.store.port import Kept, Store

_HIT = CacheStatus(hit=True)
_GET, _RANGE = "GET", "Range"


class KeptMedia:
    """The kept resources of a stream. A hit needs neither the upstream nor a token."""

    def __init__(
        self, store: Store, counts: StoreCounts, unasked: Unasked, *, clock: Clock
    ) -> None:
        """Count the first hit on an `unasked` resource (fetched ahead) as no saving."""
        self._store = store
        self._counts = counts
        self._unasked = unasked
        self._clock = clock

    @property
    def is_on(self) -> bool:
        """Whether the store keeps anything at all."""
        return self._store.is_on

    def hit(self, key: Key, ask: PlayerAsk) -> MediaReply | None:
        """Return a reply from memory if there is a fresh copy; else None.

        Raises StatusError (416) if the requested range is outside the resource.
        """
        kept = self._store.find(key)
        if kept is not None:
            return self._fresh(kept, key, ask)
        if _RANGE in ask.headers and (part := _part_of(key, ask)) is not None:
            kept = self._store.find(part)
            if kept is not None:
                return self._fresh(kept, part, ask)
        return None

    async def on_disk(self, key: Key, ask: PlayerAsk) -> MediaReply | None:
        """Return a reply if there is a fresh copy on a disk; else None."""
        for each in (key, _part_of(key, ask)):
            kept = each and await self._store.fetch(each, lasting=True)
            if each is not None and kept is not None:
                return self._fresh(kept, each, ask)
        return None

    def old(self, key: Key, ask: PlayerAsk) -> MediaReply | None:
        """Return a reply from memory, even if the copy is stale; else None."""
        for each in (key, _part_of(key, ask)):
            kept = each and self._store.find(each)
            if each is not None and kept is not None:
                return self.stale(kept, each.span, ask)
        return None

    def remove(self, key: Key) -> None:
        """Drop the resource under a key."""
        self._store.remove(key)

    def find(self, key: Key) -> Kept | None:
        """Return the resource under a key, of any age; None if it is not kept."""
        return self._store.find(key)

    def reply(
        self, kept: Kept, span: Span | None, ask: PlayerAsk, cache: CacheStatus
    ) -> MediaReply | None:
        """Return the reply from a kept resource; None if other bytes are needed."""
        return self._reply(kept, span, ask, cache, self._age(kept))

    def stale(self, kept: Kept, span: Span | None, ask: PlayerAsk) -> MediaReply | None:
        """Return the reply from a stale copy, because the upstream fails."""
        age = self._age(kept)
        left = int(kept.head.fresh_seconds - age)
        self._counts.stale += 1
        cache = CacheStatus(hit=True, ttl=left, detail="stale")
        return self._reply(kept, span, ask, cache, age)

    def _reply(
        self,
        kept: Kept,
        span: Span | None,
        ask: PlayerAsk,
        cache: CacheStatus,
        age: float,
        *,
        saved: bool = True,
    ) -> MediaReply | None:
        reply = kept_reply(kept, span, ask, cache, int(age))
        if saved and reply is not None and ask.method == _GET:
            self._counts.saved_bytes += reply.answer.content_length or 0
        return reply

    def _age(self, kept: Kept) -> float:
        return max(0.0, self._clock.wall() - kept.head.born_at)

    def _fresh(self, kept: Kept, key: Key, ask: PlayerAsk) -> MediaReply | None:
        age = self._age(kept)
        if age >= kept.head.fresh_seconds:
            return None
        ahead = ask.method == _GET and self._unasked.take(key)
        reply = self._reply(kept, key.span, ask, _HIT, age, saved=not ahead)
        self._counts.ahead += ahead
        self._counts.hits += reply is not None and not ahead
        return reply


def _part_of(key: Key, ask: PlayerAsk) -> Key | None:
    """Return the key of the requested part if it can be kept separately; else None."""
    if _RANGE not in ask.headers:
        return None
    wish = wish_of(((_RANGE, ask.headers[_RANGE]),))
    if wish is None or wish.span is None:
        return None
    return key._replace(span=Span(*wish.span))
