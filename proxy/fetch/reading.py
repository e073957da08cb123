"""Reads whole playlists from upstream, checks them, and remembers redirects."""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from typing import NamedTuple

from cachetools import LRUCache

from proxy.clock import Clock
from proxy.core.hls.playlist import is_multivariant, listings
from proxy.core.hls.sniffing import UNCLEAR_BYTES, has_tag, is_whole
from proxy.core.http.answers import DOUBTFUL
from proxy.core.http.framing import Framing
from proxy.core.http.player_query import directed
from proxy.core.http.uri_query import drop_query
from proxy.core.kind import Kind
from proxy.deadline import hasty
from proxy.errors import (
    BadAnswerError,
    LimitError,
    NotReadyError,
    StatusError,
    TruncatedError,
    UpstreamError,
)
from proxy.fetch.asking import Asker
from proxy.fetch.wanted import Wanted
from proxy.localise.catalog import MOST_PLAYLISTS
from proxy.localise.ladder import MOST_RENDITIONS
from proxy.localise.listing import Resource
from proxy.upstream.answer import Answer
from proxy.upstream.error_texts import remark
from proxy.upstream.session import Session

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_OK, _PARTIAL = 200, 206
# RFC 8216bis section 6.2.5.2: too far ahead, too many requests, waited too long.
_OF_DIRECTIVES = frozenset({400, 429, 503})


@dataclass(frozen=True, slots=True)
class PlaylistLimits:
    """The size limits for one playlist."""

    playlist_bytes: int
    playlist_lines: int
    line_bytes: int


@dataclass(frozen=True, slots=True)
class Read:
    """A playlist as received."""

    answer: Answer
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    """The final URL, without the forwarded part of the player's query."""
    redirected: bool = False
    """Whether a redirect led there, now or at an earlier load."""


class Way(Enum):
    """Which URL to request for a playlist that was redirected before."""

    ON = auto()
    """The redirect's target, because a live playlist is reloaded. The first URL might
    open a new session each time, and origins behind a load balancer differ."""
    ALLOWED = auto()
    """The redirect's target, as long as the redirect may be cached (RFC 9111)."""
    ANEW = auto()
    """The first URL, because the target is refused, has ended or no longer changes."""


class _Redirect(NamedTuple):
    """A redirect. The URLs are without the forwarded part of a player's query."""

    asked: str = ""
    target: str = ""
    until: float = 0.0
    """Until when it may be kept, in monotonic seconds."""


class PlaylistReader:
    """Reads the playlists of one stream."""

    def __init__(
        self, asker: Asker, limits: PlaylistLimits, *, clock: Clock, selection: str = ""
    ) -> None:
        """Take the limits, and `selection`, the players' query for the entry."""
        self._selection = selection
        self._asker = asker
        self._limits = limits
        self._clock = clock
        # By path.
        self._redirects: LRUCache[str, _Redirect] = LRUCache(MOST_PLAYLISTS)
        self._had: LRUCache[str, bool] = LRUCache(MOST_PLAYLISTS)

    async def read(
        self,
        path: str,
        resource: Resource,
        *,
        query: str,
        way: Way = Way.ANEW,
        session: Session | None = None,
    ) -> Read:
        """Return the playlist at the local path, using `session` if given."""
        asker = self._asker.within(session) if session else self._asker
        read = partial(self._read, asker, path, kind_of(resource), query=query)
        known = self._redirects.get(path, _Redirect())
        kept = way is Way.ON or (way is Way.ALLOWED and self._now() < known.until)
        if kept and known.target and known.asked == resource.url:
            try:
                with hasty():
                    found = await read(known.target)
            except UpstreamError as error:
                if _is_of_directives(error, query):
                    raise
                # The target is gone, refused or broken. The first URL leads to a new
                # one.
                if self._redirects.get(path) == known:
                    del self._redirects[path]
            else:
                return replace(found, redirected=True)
        try:
            found = await read(resource.url, had=path in self._had)
        except (NotReadyError, StatusError) as error:
            if error.status in DOUBTFUL and not _is_of_directives(error, query):
                self.gone(path)  # a newer token was tried, and did not help
            raise
        self._had[path] = True
        if found.redirected:
            until = self._now() + found.answer.redirect_seconds
            self._redirects[path] = _Redirect(resource.url, found.url, until)
        return found

    def _now(self) -> float:
        return self._clock.mono()

    def gone(self, path: str) -> None:
        """Record that a playlist is missing: a newer token or URL did not help."""
        self._had.pop(path, None)

    async def _read(
        self,
        asker: Asker,
        path: str,
        kind: Kind,
        url: str,
        *,
        query: str,
        had: bool = False,
    ) -> Read:
        if kind is Kind.ENTRY and self._selection:
            query = "&".join(filter(None, (self._selection, query)))
        asked = Wanted(
            kind,
            url,
            path,
            query=query,
            limit=self._limits.playlist_bytes,
            setting="limits.playlist_bytes",
            had=had,
        )
        answer, body = await asker.read(asked)
        self._check(answer, body)
        bare = without_query(answer.url, query)
        return Read(answer, body, bare, answer.redirected)

    def _check(self, answer: Answer, body: bytes) -> None:
        if body.startswith(_UTF_16):
            # No player reads UTF-16, and its references could not be rewritten.
            raise BadAnswerError("the playlist is UTF-16; expected UTF-8")
        if not _is_complete(answer) or not body or body.isspace():
            raise BadAnswerError("a playlist that is empty or a part")
        if not has_tag(body.lstrip()[:UNCLEAR_BYTES]):
            error = BadAnswerError("expected a playlist, got something else")
            error.said = remark(answer, body)
            raise error
        # The end of a connection proves nothing. The end of a line at least shows that
        # no line was cut.
        ended = body.endswith((b"\n", b"\r", b"#EXT-X-ENDLIST"))
        if answer.framing is Framing.CLOSE and not ended:
            raise TruncatedError("a playlist that ends in the middle of a line")
        self._measure(body)

    def _measure(self, body: bytes) -> None:
        most = self._limits
        # Whether a byte is there shows thirty times as fast as how often.
        returns = body.count(b"\r") if b"\r" in body else 0
        lines = max(body.count(b"\n"), returns)
        if lines >= most.playlist_lines:
            raise LimitError(
                f"the playlist has {lines:,} lines",
                setting="limits.playlist_lines",
                allowed=most.playlist_lines,
            )
        listed = listings(body) if is_multivariant(body) else 0
        if listed > MOST_RENDITIONS:
            raise LimitError(
                f"the playlist lists {listed:,} renditions", allowed=MOST_RENDITIONS
            )
        if _has_longer_line(body, most.line_bytes):
            raise LimitError(
                f"the playlist has a line of more than {most.line_bytes:,} bytes",
                setting="limits.line_bytes",
                allowed=most.line_bytes,
            )


def kind_of(resource: Resource) -> Kind:
    """Return the kind of a resource that is a playlist, whatever its tag suggested."""
    return Kind.ENTRY if resource.kind is Kind.ENTRY else Kind.PLAYLIST


def _is_complete(answer: Answer) -> bool:
    # Some servers answer 206 with the whole resource when no range was requested.
    part = answer.headers.get("Content-Range", "")
    return answer.status == _OK or (answer.status == _PARTIAL and is_whole(part))


def _has_longer_line(body: bytes, most: int) -> bool:
    """Return whether any line is longer than `most` bytes.

    This is fast, because it looks at few bytes.
    """
    at = 0
    while len(body) - at > most:
        end = at + most + 1
        at = (body.rfind(b"\n", at, end) + 1) or (body.rfind(b"\r", at, end) + 1)
        if not at:
            return True
    return False


def _is_of_directives(error: UpstreamError, query: str) -> bool:
    """Return whether a failure is about the player's delivery directives."""
    said = isinstance(error, StatusError) and error.status in _OF_DIRECTIVES
    return said and directed(query)


def without_query(url: str, query: str) -> str:
    """Return the URL without the forwarded part of a player's query."""
    names = {part.partition("=")[0].lower() for part in query.split("&")}
    return drop_query(url, names) if query else url
