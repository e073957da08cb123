"""Whether a 400 to delivery directives may be about the URL instead.

RFC 8216bis section 6.2.5.2 has it for directives that go too far; some platforms answer
it for a URL or a token that has ended.
"""

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.http.player_query import directed
from proxy.errors import StatusError
from proxy.localise.catalog import MOST_PLAYLISTS

PAUSE_SECONDS = 30.0
"""How long a URL is not suspected again: its 400 was about the directives."""

_BAD_REQUEST = 400


class BadRequests:
    """Remembers which URLs of one stream were suspected."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        # By path: the URL that was suspected last, and when.
        self._suspected: LRUCache[str, tuple[str, float]] = LRUCache(MOST_PLAYLISTS)

    def suspects(self, path: str, url: str, error: StatusError, *, query: str) -> bool:
        """Tell whether to try the URL without directives first, and note it."""
        if error.status != _BAD_REQUEST or not directed(query):
            return False
        now = self._clock.mono()
        known, at = self._suspected.get(path, ("", now))
        if known == url and now < at + PAUSE_SECONDS:
            return False
        self._suspected[path] = url, now
        return True

    def forget(self, path: str) -> None:
        """Take note that a suspicion was right: the next one may follow at once."""
        self._suspected.pop(path, None)
