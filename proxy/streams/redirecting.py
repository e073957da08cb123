"""Sends players to the upstream for media, for devices that are too weak to relay it.

The player gets the upstream's URL with the token of that moment. The upstream is not
asked before, so nobody here sees whether it refuses the URL. A URL that is about to
expire is renewed first, if it shows its expiry. If the same player comes back for the
same thing, the URL has probably failed, and is renewed as well.
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
from proxy.fetch.judging import Wanted
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.localise.listing import Resource
from proxy.replies import MediaReply, PlayerAsk, RedirectReply
from proxy.streams.media import Media
from proxy.streams.passing import Passing
from proxy.streams.renewals import Renewals
from proxy.streams.shared_media import SharedMedia

REPEAT_SECONDS = 5.0
"""A player whose request failed comes back within this time, if it does at all (hls.js
after a second). A player that plays a short video in a loop comes back later."""

_REDIRECTED = frozenset({Kind.SEGMENT, Kind.PART, Kind.MAP})
# A URL that is good for less than this may have expired when it arrives.
_ENDING_SECONDS = 2.0
# A player is not kept waiting for longer; the old URL may still be good.
_RENEWAL_SECONDS = 3.0
# Several players that share a name look like one that comes back. If a renewal gave
# nothing new, or was for this name, the next one has to wait.
_VAIN_SECONDS = 10.0
_ONCE_SECONDS = 30.0
_MOST_REQUESTS = 4096
# What tells one player from another, and one part of a file from another.
_TELLING = ("Range", "User-Agent", "X-Playback-Session-Id")
_FORBIDDEN = 403


class Redirecting:
    """Finds where players get the media of one presentation."""

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
        """Take what relays the rest, and the address policy for the text of URLs."""
        self._media = media
        self._asker = asker
        self._renewals = renewals
        self._allowed = allowed
        self._passing = passing
        self._clock = clock
        # When each request came the last time.
        self._came: LRUCache[tuple[str, ...], float] = LRUCache(_MOST_REQUESTS)
        # Playlists whose reload gave nothing new, and names that were renewed.
        self._vain: TTLCache[str, None] = TTLCache(
            MOST_PLAYLISTS, _VAIN_SECONDS, timer=clock.mono
        )
        self._renewed: TTLCache[str, None] = TTLCache(
            _MOST_REQUESTS, _ONCE_SECONDS, timer=clock.mono
        )

    def hit(self, path: str, resource: Resource, ask: PlayerAsk) -> MediaReply | None:
        """Return what is kept of what is relayed; see `SharedMedia.hit`."""
        return (
            None if _is_redirected(resource) else self._media.hit(path, resource, ask)
        )

    def listed(self, path: str) -> None:
        """Do nothing: players fetch the media themselves."""

    async def open(
        self, path: str, resource: Resource, ask: PlayerAsk
    ) -> RedirectReply | MediaReply | None:
        """Return where to get the resource, or what `Media.open` does.

        The URL holds the token. Raises TokenUnavailableError if there is none, and
        AddressRefusedError if players must not be sent there.
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
        """Return the resource with a newer URL, if the one it has may not work."""
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
    """Return whether it is media, and its URL alone opens it.

    What may be a playlist has to be made local. A user in the URL is sent in a header.
    """
    if resource.kind not in _REDIRECTED or is_named_playlist(resource.url):
        return False
    return "@" not in (uri.split(resource.url).authority or "")
