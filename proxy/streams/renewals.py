"""Renews URLs that are refused: a parent is loaded again, the same name looked up.

A URL that a playlist listed and that is refused may not be helped by a new token. Its
parents are loaded again, up to the entry if need be, whether the stream has a token or
not; the same name comes out with a new URL.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.headers import PLAYLISTS
from proxy.errors import HlsAuthProxyError, SignatureRefusedError
from proxy.localise.catalog import MOST_PLAYLISTS, Catalog
from proxy.localise.listing import Resource
from proxy.localise.stable_names import StableNames
from proxy.streams.chores import Chores
from proxy.streams.loads import Load
from proxy.streams.snapshots import Snapshots

# Signatures live for seconds at least: one that was renewed less than this ago and is
# refused again is refused for another reason.
_RENEWAL_SECONDS = 1.0
# Between two looks at what is above a live playlist that stands still.
_STILL_TARGETS = 3.0


class Renewals:
    """Newer URLs for the names of one presentation."""

    def __init__(
        self,
        load: Callable[[str], Awaitable[object]],
        catalog: Catalog,
        snapshots: Snapshots,
        *,
        clock: Clock,
        chores: Chores,
        stable_names: StableNames,
        renewed: Callable[[], int],
    ) -> None:
        """Take `load`, which loads the playlist at a path.

        `renewed` returns how often what is sent with a URL was renewed: the upstream's
        session, a token.
        """
        self._load = load
        self._catalog = catalog
        self._snapshots = snapshots
        self._clock = clock
        self._chores = chores
        self._stable = stable_names
        self._renewed = renewed
        self._renewals: LRUCache[str, Load] = LRUCache(MOST_PLAYLISTS)
        # By playlist: when its load renewed what is sent with a URL.
        self._sent_anew: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)

    async def renew(
        self,
        path: str,
        used: Resource,
        refusal: SignatureRefusedError,
        *,
        since: float = math.inf,
    ) -> Resource:
        """Return the resource under a newer URL than the one that was refused.

        The same URL comes back where what is sent with it was renewed after `since`
        (monotonic), when it was asked. Loads the parent at most once for all who wait;
        where that gave nothing new, raises what the refusal means then.
        """
        current = self._catalog.find(path)
        if current is not None and current.url != used.url:
            return current
        if used.kind in PLAYLISTS:
            self._snapshots.doubt()  # its session may have ended, and theirs with it
            if self.went_over(path):
                return self._catalog.find(path) or used
        now, parent = self._clock.mono(), used.parent
        if current is not None and self._sent_anew.get(parent, -math.inf) >= since:
            return current
        last = self._renewals.get(parent)
        due = last is None or last.again_at <= now
        if path != parent and due:
            # A player that leaves ends its own wait: the next one finds it done.
            renew = partial(self._renew, parent)
            await asyncio.wait({self._chores.start((self, "renew", parent), renew)})
            current, last = self._catalog.find(path), self._renewals.get(parent)
            changed = self._sent_anew.get(parent, -math.inf) >= now
            if current is not None and (changed or current.url != used.url):
                return current
        if last is not None and last.error is not None and path != parent:
            raise last.error.without_trace()
        raise refusal.lasting("refused, and its parents have no newer URL")

    async def _renew(self, parent: str) -> None:
        """Load a parent for its refused children, and note how that went."""
        before = self._renewed()
        try:
            await self._load(parent)
        except HlsAuthProxyError as error:
            again_at = self._clock.mono() + _RENEWAL_SECONDS
            self._renewals[parent] = Load(again_at, error.without_trace())
            return
        now = self._clock.mono()
        self._renewals[parent] = Load(now + _RENEWAL_SECONDS)
        self._snapshots.forget(parent)
        if self._renewed() != before:
            self._sent_anew[parent] = now

    def was_renewed(self, parent: str) -> bool:
        """Tell whether a parent was loaded well for its children a moment ago."""
        last = self._renewals.get(parent)
        if last is None or last.error is not None:
            return False
        return last.again_at > self._clock.mono()

    def went_over(self, path: str) -> bool:
        """Let a path whose URL does not answer mean the newer one, if one waits."""
        self._stable.refused(path)
        return self._catalog.renew(path)

    def look_for_better(self, path: str, parent: str, pause: float) -> None:
        """Ask the parent where a live playlist is that stands still, now and then."""
        now, waits = self._clock.mono(), self._stable.waits(path)
        last = self._renewals.get(parent)
        pause *= _STILL_TARGETS
        if path == parent or waits or (last and now < last.again_at + pause):
            return
        self._chores.start((self, "renew", parent), partial(self._renew, parent))
