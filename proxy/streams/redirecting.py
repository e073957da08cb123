"""Redirects players to the upstream for media, if our device is too weak to relay it.

The player gets the upstream's URL with the current token. The proxy does not request
that URL itself, so it never learns whether the upstream refuses it. A URL that shows
its expiry is renewed first if it is about to expire. If the same player requests the
same thing again, the URL has probably failed, and is renewed as well.
"""

from collections.abc import Callable

from cachetools import LRUCache, TTLCache

from proxy.clock import Clock
from proxy.core.hls.sniffing import is_named_playlist
from proxy.core.http import uri
from proxy.core.http.player_query import client_data
from proxy.core.kind import Kind
from proxy.core.tokens.times.url_end import url_end
from proxy.errors import AddressRefusedError, HlsAuthProxyError, SignatureRefusedError
from proxy.fetch.asking import Asker
from proxy.fetch.wanted import Wanted
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.localise.listing import Resource
from proxy.replies import MediaReply, PlayerAsk, RedirectReply
from proxy.streams.media import Media
from proxy.streams.passing import Passing
from proxy.streams.renewals import Renewals
from proxy.streams.shared_media import SharedMedia

REPEAT_SECONDS = 5.0
"""A player whose request failed repeats it within this time, if at all (hls.js after a
second). A player that plays a short video in a loop repeats it later."""

_REDIRECTED = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# A URL that is valid for less than this may have expired when the player uses it.
_ENDING_SECONDS = 2.0
# Players wait no longer than this for a renewal; the old URL may still work.
_RENEWAL_SECONDS = 3.0
# Several players that look alike seem to be one that repeats its requests. So after a
# renewal that gave nothing new, and after a renewal for a name, the next has to wait.
_VAIN_SECONDS = 10.0
_ONCE_SECONDS = 30.0
_MOST_REQUESTS = 4096
# The header fields that distinguish players, and ranges of the same file.
_TELLING = ("Range", "User-Agent", "X-Playback-Session-Id")
_FORBIDDEN = 403


class Redirecting:
    """Returns the upstream's URLs for the media of one presentation."""

    def __init__(
        self,
        media: Media | SharedMedia,
        asker: Asker,
        renewals: Renewals,
        *,
        allowed: Callable[[str], bool],
        passing: Passing,
        clock: Clock,
    ) -> None:
        """`media` relays everything that is not redirected.

        `allowed` is the address policy: it judges a URL by its text.
        """
        self._media = media
        self._asker = asker
        self._renewals = renewals
        self._allowed = allowed
        self._passing = passing
        self._clock = clock
        # When each request was last made.
        self._came: LRUCache[tuple[str, ...], float] = LRUCache(_MOST_REQUESTS)
        # Playlists whose reload gave nothing new, and names that were renewed.
        self._vain: TTLCache[str, None] = TTLCache(
            MOST_PLAYLISTS, _VAIN_SECONDS, timer=clock.mono
        )
        self._renewed: TTLCache[str, None] = TTLCache(
            _MOST_REQUESTS, _ONCE_SECONDS, timer=clock.mono
        )

    def hit(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return a kept resource, if it is of a kind that is relayed.

        See `SharedMedia.hit`.
        """
        return (
            None if _is_redirected(resource) else self._media.hit(path, resource, ask)
        )

    def listed(self, path: str) -> None:
        """Do nothing: players fetch the media themselves."""

    async def open(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> RedirectReply | MediaReply | None:
        """Return a redirect for media, and what `Media.open` returns for the rest.

        The URL contains the token. Raises TokenUnavailableError if there is no token,
        and AddressRefusedError if players must not be sent to the URL.
        """
        if not _is_redirected(resource):
            return await self._media.open(path, resource, ask)
        resource = await self._current(path, resource, ask)
        passing = self._passing
        told = client_data(ask.query, passing.hidden) if passing.client_data else ""
        wanted = Wanted(resource.kind, resource.url, path, ask.method, query=told)
        url = (await self._asker.stamped(wanted)).url
        if not self._allowed(url):
            refused = AddressRefusedError("not an origin of the stream")
            refused.forbidden = uri.origin(url)
            raise refused
        return RedirectReply(url)

    async def _current(self, path: str, used: Resource, ask: PlayerAsk) -> Resource:
        """Return the resource, with a newer URL if the present one may not work."""
        repeated = self._is_repeated(path, ask)
        if not self._is_ending(used.url):
            if not repeated or path in self._renewed:
                return used
            self._renewed[path] = None
        if used.parent in self._vain:
            return used
        perhaps = SignatureRefusedError("perhaps refused", status=_FORBIDDEN)
        try:
            async with self._clock.timeout(_RENEWAL_SECONDS):
                newer = await self._renewals.renew(path, used, perhaps)
        except (HlsAuthProxyError, TimeoutError):
            self._vain[used.parent] = None
            return used
        if self._is_ending(newer.url):
            self._vain[used.parent] = None
        return newer

    def _is_repeated(self, path: str, ask: PlayerAsk) -> bool:
        telling = (ask.headers.get(name, "") for name in _TELLING)
        key, now = (path, ask.method, *telling), self._clock.mono()
        before = self._came.get(key)
        self._came[key] = now
        return before is not None and now < before + REPEAT_SECONDS

    def _is_ending(self, url: str) -> bool:
        end = url_end(url)
        return end is not None and end < self._clock.wall() + _ENDING_SECONDS


def _is_redirected(resource: Resource) -> bool:
    """Return whether a resource is media that can be fetched with its URL alone.

    A resource that may be a playlist has to be made local. User information in a URL
    has to be sent in a header field.
    """
    if resource.kind not in _REDIRECTED or is_named_playlist(resource.url):
        return False
    return "@" not in (uri.split(resource.url).authority or "")
