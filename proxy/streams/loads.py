"""The outcome of each playlist's last load, and when the load may be repeated."""

import math
from dataclasses import dataclass

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.reuse import is_refusal
from proxy.errors import HlsAuthProxyError
from proxy.localise.catalog import MOST_PLAYLISTS, Catalog

FAILURE_SECONDS = 1.0
"""A failed load is not repeated sooner; requests until then get the same failure."""


@dataclass(frozen=True, slots=True)
class Load:
    """The last load of a playlist: how it ended, and when it may be repeated."""

    again_at: float
    error: HlsAuthProxyError | None = None
    begun_at: float = math.inf
    live: bool = False
    """Whether the playlist may list more by now."""

    def is_older(self, since: float) -> bool:
        """Return whether this load is too old to show what was listed at that time."""
        return self.live and self.error is None and self.begun_at < since


class Loads:
    """The last loads of one presentation's playlists. Times are monotonic seconds."""

    def __init__(self, catalog: Catalog, *, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._last: LRUCache[str, Load] = LRUCache(MOST_PLAYLISTS)

    def last(self, path: str) -> Load | None:
        """Return the last load of a playlist; None before the first."""
        return self._last.get(path)

    def has_ended(self, path: str) -> bool:
        """Return whether the playlist at a path was loaded and will never change."""
        last = self._last.get(path)
        return last is not None and last.error is None and math.isinf(last.again_at)

    def note(self, path: str, query: str, load: Load) -> None:
        """Record a load, unless its outcome may be due to the player's own query.

        A refusal is always recorded, because it is not about delivery directives.
        """
        if not query or (load.error is not None and is_refusal(load.error, query)):
            self._last[path] = load

    def failed(self, path: str, query: str, error: HlsAuthProxyError) -> None:
        """Record a load that failed."""
        again_at = self._clock.mono() + FAILURE_SECONDS
        self.note(path, query, Load(again_at, error.without_trace()))

    def kept_refusal(self, path: str, query: str) -> HlsAuthProxyError | None:
        """Return a recent refusal that answers this request too, if there is one."""
        last = self._last.get(path)
        if last is None or last.error is None or not is_refusal(last.error, query):
            return None
        return last.error if last.again_at > self._clock.mono() else None

    def was_refused(self, path: str, query: str) -> bool:
        """Return whether the last load was refused, however long ago."""
        last = self._last.get(path)
        return bool(last and last.error and is_refusal(last.error, query))

    def may_tell_more(self, path: str, *, failed: bool = False) -> bool:
        """Return whether a load may show more names.

        That is so if another load is due, or its names were dropped since. A playlist
        whose last load failed a moment ago counts only if `failed`.
        """
        last = self._last.get(path)
        if last is None or last.again_at <= self._clock.mono():
            return True
        if last.error is not None:
            return failed
        return not self._catalog.knows_children_of(path)  # dropped since
