"""Protection by header: `Authorization: Bearer <JWT>` on every request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from proxy.demo.guards import TokenCheck
from proxy.demo.low_latency import LL_ID
from proxy.demo.media import AUDIO, PICTURES
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
    Offered,
    Playable,
)

STREAMS = {LIVE_ID: "bearer-live", VOD_ID: "bearer-vod", LL_ID: "ll-bearer"}

_TARGET = re.compile(r"/bearer/(?P<id>[\w.-]+)/(?P<rest>.+)")
_ENTRY = "index.m3u8"
_PLAYLIST = re.compile(r"(\w+)/index\.m3u8")
_PIECE = re.compile(rf"(?P<rendition>\w+)/(?P<name>{PIECE_NAME})\.\w+")
_KEY = "key.bin"
_SCHEME = "Bearer "

_RENDITIONS = (*(picture.name for picture in PICTURES), AUDIO, SUBTITLES)


class Bearer:
    """`/bearer/<id>/index.m3u8`, and everything else below `/bearer/<id>/`."""

    def __init__(
        self, programmes: Mapping[str, Playable], guard: TokenCheck, *, subtitles: bool
    ) -> None:
        self._programmes = programmes
        self._guard = guard
        self._subtitles = subtitles

    def serves(self, path: str) -> bool:
        """Return whether the path has the shape of this kind of protection."""
        return bool(_TARGET.fullmatch(path))

    def answer(self, ask: OriginRequest, now: float) -> OriginReply:
        """Answer a request for anything below a stream."""
        parts = _TARGET.fullmatch(ask.path)
        stream = STREAMS.get(parts["id"]) if parts else None
        if parts is None or stream is None:
            return missing()
        verdict = self._guard.check(_token(ask.authorization), now, sub=parts["id"])
        if verdict.refusal:
            reply = refused(401, verdict.refusal, stream)
            return replace(reply, challenge='Bearer realm="demo"')
        found = self._found(self._programmes[parts["id"]], parts["rest"], ask, now)
        return served(found, stream, verdict.life)

    def stray(self, ask: OriginRequest) -> bool:
        """Return whether a token came anywhere but in the header."""
        return holds_token(ask.path, ask.query, ask.cookie)

    def _found(
        self, played: Playable, rest: str, ask: OriginRequest, now: float
    ) -> Offered:
        if rest == _ENTRY:
            entries = {name: f"{name}/index.m3u8" for name in _RENDITIONS}
            return played.entry(entries, subtitles=self._subtitles)
        if rest == _KEY:
            return played.key
        if (named := _PLAYLIST.fullmatch(rest)) and named[1] in _RENDITIONS:
            links = _Links(played, named[1])
            return played.playlist(links, now=now, query=ask.query, since=ask.since)
        if named := _PIECE.fullmatch(rest):
            return played.piece(named["rendition"], named["name"], now=now)
        return None


@dataclass(frozen=True, slots=True)
class _Links:
    """References of one media playlist, relative to `/bearer/<id>/<rendition>/`."""

    played: Playable
    rendition: str

    def segment(self, index: int) -> str:
        return f"{index}.{self.played.extension(self.rendition)}"

    def part(self, part: Spot) -> str:
        extension = self.played.extension(self.rendition)
        return f"{part.segment}.{part.part}.{extension}"

    def report(self, rendition: str) -> str:
        return f"../{rendition}/index.m3u8"

    def init(self) -> str | None:
        return "init.mp4" if self.played.has_init(self.rendition) else None

    def key(self) -> str | None:
        return f"../{_KEY}" if self.played.encrypts(self.rendition) else None


def _token(authorization: str | None) -> str | None:
    if authorization is None or not authorization.startswith(_SCHEME):
        return None
    return authorization.removeprefix(_SCHEME)
