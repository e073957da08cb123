"""Protection like Cloudflare Stream's: the token is the first segment of every path.

It replaces the video's id. References to children are relative, so they inherit the
token of their playlist, and the token is checked again on each of them.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from proxy.demo.guards import TokenCheck
from proxy.demo.low_latency import LL_ID
from proxy.demo.media import AUDIO
from proxy.demo.origin_exchange import (
    OriginReply,
    OriginRequest,
    holds_token,
    missing,
    refused,
    served,
)
from proxy.demo.part_timeline import Spot
from proxy.demo.playlists import SUBTITLES
from proxy.demo.programme import (
    LIVE_ID,
    PIECE_NAME,
    VOD_ID,
    MediaPiece,
    Offered,
    Playable,
)
from proxy.demo.record import UNKNOWN, Refusal

STREAMS = {
    LIVE_ID: "cloudflare-live",
    VOD_ID: "cloudflare-vod",
    LL_ID: "ll-cloudflare",
}

_TARGET = re.compile(r"/(?P<token>[^/]+)/(?P<rest>(?:manifest|video)/.+)")
_ENTRY = "manifest/video.m3u8"
_PLAYLIST = re.compile(r"manifest/stream_t(\d)_r\d+\.m3u8")
_PIECE = re.compile(rf"video/(?P<folder>\w+)/(?:seg_)?(?P<name>{PIECE_NAME})\.\w+")
_KEY = "video/key.bin"

_TRACKS = {"1": "360p", "2": "180p", "3": AUDIO, "4": SUBTITLES}
_FOLDERS = {"360p": "360", "180p": "180", AUDIO: "audio", SUBTITLES: "subtitles"}
_RENDITIONS = {folder: name for name, folder in _FOLDERS.items()}

_FIRST_REVISION = 100


class Cloudflare:
    """`/<TOKEN>/manifest/video.m3u8`, and everything else below `/<TOKEN>/`."""

    def __init__(
        self, programmes: Mapping[str, Playable], guard: TokenCheck, *, subtitles: bool
    ) -> None:
        self._programmes = programmes
        self._guard = guard
        self._subtitles = subtitles
        self._revisions = itertools.count(_FIRST_REVISION)

    def serves(self, path: str) -> bool:
        """Return whether the path has the shape of this kind of protection."""
        return bool(_TARGET.fullmatch(path))

    def answer(self, ask: OriginRequest, now: float) -> OriginReply:
        """Answer a request for anything below a token."""
        parts = _TARGET.fullmatch(ask.path)
        if parts is None:
            return missing()
        token = parts["token"]
        if token in STREAMS:
            # The plain id in place of the token.
            return refused(401, Refusal.MISSING_TOKEN, STREAMS[token])
        verdict = self._guard.check(token, now)
        stream = STREAMS.get(verdict.subject, UNKNOWN)
        if verdict.refusal:
            return refused(401, verdict.refusal, stream)
        if stream is UNKNOWN:
            return missing()
        played = self._programmes[verdict.subject]
        found = self._found(played, parts["rest"], ask, now)
        return served(found, stream, verdict.life)

    def stray(self, ask: OriginRequest) -> bool:
        """Return whether a token came anywhere but in the path."""
        return bool(ask.authorization) or holds_token(ask.query, ask.cookie)

    def _found(
        self, played: Playable, rest: str, ask: OriginRequest, now: float
    ) -> Offered:
        if rest == _ENTRY:
            return self._entry(played)
        if rest == _KEY:
            return played.key
        if (named := _PLAYLIST.fullmatch(rest)) and named[1] in _TRACKS:
            links = _Links(played, _TRACKS[named[1]], self._revisions)
            return played.playlist(links, now=now, query=ask.query, since=ask.since)
        if named := _PIECE.fullmatch(rest):
            rendition = _RENDITIONS.get(named["folder"], "")
            return played.piece(rendition, named["name"], now=now)
        return None

    def _entry(self, played: Playable) -> MediaPiece:
        revision = next(self._revisions)
        links = {name: _playlist(name, revision) for name in _FOLDERS}
        return played.entry(links, subtitles=self._subtitles)


@dataclass(frozen=True, slots=True)
class _Links:
    """References of one media playlist, relative to `/<TOKEN>/manifest/`."""

    played: Playable
    rendition: str
    revisions: Iterator[int]

    def segment(self, index: int) -> str:
        return self._piece(str(index))

    def part(self, part: Spot) -> str:
        return self._piece(f"{part.segment}.{part.part}")

    def report(self, rendition: str) -> str:
        return _playlist(rendition, next(self.revisions))

    def init(self) -> str | None:
        if not self.played.has_init(self.rendition):
            return None
        return f"../video/{_FOLDERS[self.rendition]}/init.mp4"

    def key(self) -> str | None:
        return f"../{_KEY}" if self.played.encrypts(self.rendition) else None

    def _piece(self, name: str) -> str:
        extension = self.played.extension(self.rendition)
        return f"../video/{_FOLDERS[self.rendition]}/seg_{name}.{extension}"


def _playlist(rendition: str, revision: int) -> str:
    track = next(number for number, name in _TRACKS.items() if name == rendition)
    return f"stream_t{track}_r{revision}.m3u8"
