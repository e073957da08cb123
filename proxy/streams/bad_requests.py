"""Decides whether a 400 to delivery directives may be about the URL instead.

RFC 8216bis section 6.2.5.2 requires a 400 for directives that are too far ahead. Some
platforms also answer 400 if the URL or the token has expired.
"""

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.player_query import directed
from proxy.errors import StatusError
from proxy.localise.catalog import MOST_PLAYLISTS

PAUSE_SECONDS = 30.0
"""How long a URL is not suspected again, because its 400 was about the directives."""

_BAD_REQUEST = 400


class BadRequests:
    """Remembers which URLs of one stream were suspected to have expired."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        # By path: the last suspected URL, and when.
        self._suspected: LRUCache[str, tuple[str, float]] = LRUCache(MOST_PLAYLISTS)

    def suspects(self, path: str, url: str, error: StatusError, *, query: str) -> bool:
        """Return whether to try the URL without directives first, and record it."""
        if error.status != _BAD_REQUEST or not directed(query):
            return False
        now = self._clock.mono()
        known, at = self._suspected.get(path, ("", now))
        if known == url and now < at + PAUSE_SECONDS:
            return False
        self._suspected[path] = url, now
        return True

    def forget(self, path: str) -> None:
        """Record that the suspicion was right, so the next one needs no pause."""
        self._suspected.pop(path, None)
