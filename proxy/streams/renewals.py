"""Renews refused URLs: reloads a parent playlist and looks up the same name.

A new token may not help if a URL listed in a playlist is refused. Then its parents are
loaded again, up to the entry if necessary, whether or not the stream has a token. The
same name then has a new URL.
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

# Signatures live for seconds at least. If a URL was renewed less than this ago and is
# refused again, the reason is not its age.
_RENEWAL_SECONDS = 1.0
# Pause between reloads of the parent of a live playlist that no longer changes.
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
        """`load` loads the playlist at a path.

        `renewed` returns how often the data sent with a URL was renewed. That is the
        upstream's session or a token.
        """
        self._load = load
        self._catalog = catalog
        self._snapshots = snapshots
        self._clock = clock
        self._chores = chores
        self._stable = stable_names
        self._renewed = renewed
        self._renewals: LRUCache[str, Load] = LRUCache(MOST_PLAYLISTS)
        # By playlist: when its load renewed the session or the token.
        self._sent_anew: LRUCache[str, float] = LRUCache(MOST_PLAYLISTS)

    async def renew(
        self,
        path: str,
        used: Resource,
        refusal: SignatureRefusedError,
        *,
        since: float = math.inf,
    ) -> Resource:
        """Return the resource with a newer URL than the refused one.

        `since` is the monotonic time of the refused request. The same URL is returned
        if the session or the token was renewed after that. All waiting callers share
        one load of the parent. If that gave nothing new, raises what the refusal then
        means.
        """
        current = self._catalog.find(path)
        if current is not None and current.url != used.url:
            return current
        if used.kind in PLAYLISTS:
            self._snapshots.doubt()  # their session may have ended too
            if self.went_over(path):
                return self._catalog.find(path) or used
        now, parent = self._clock.mono(), used.parent
        if current is not None and self._sent_anew.get(parent, -math.inf) >= since:
            return current
        last = self._renewals.get(parent)
        due = last is None or last.again_at <= now
        if path != parent and due:
            # A player that leaves only stops waiting. The load goes on for the next.
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
        """Load a parent for its refused children, and record the outcome."""
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
        """Return whether a parent was just reloaded successfully for its children."""
        last = self._renewals.get(parent)
        if last is None or last.error is not None:
            return False
        return last.again_at > self._clock.mono()

    def went_over(self, path: str) -> bool:
        """Switch a path whose URL fails to a newer one; return False if none waits."""
        self._stable.refused(path)
        return self._catalog.renew(path)

    def look_for_better(self, path: str, parent: str, pause: float) -> None:
        """Reload the parent of a live playlist that no longer changes, occasionally.

        `pause` is the target duration in seconds; reloads are three of them apart.
        """
        now, waits = self._clock.mono(), self._stable.waits(path)
        last = self._renewals.get(parent)
        pause *= _STILL_TARGETS
        if path == parent or waits or (last and now < last.again_at + pause):
            return
        self._chores.start((self, "renew", parent), partial(self._renew, parent))
