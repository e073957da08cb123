"""Protection like FastPix's: a token opens the entry, the platform signs the rest.

The front serves the entries. The edge, another origin, serves everything else. Its URLs
are absolute, short-lived, and different in every playlist.
"""

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

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
from proxy.demo.signing import Signer, programme

STREAMS = {LIVE_ID: "fastpix-live", VOD_ID: "fastpix-vod", LL_ID: "ll-fastpix"}

_ENTRY = re.compile(r"/(?P<id>[\w.-]+)\.m3u8")
_CHILD = re.compile(r"/(?P<blob>[^/]+)/(?P<rest>.+)")
_QUERY_TOKEN = re.compile(r"(?:^|&)token=([^&]*)")
_PLAYLIST = re.compile(r"stream_(\w+)\.m3u8")
_PIECE = re.compile(rf"(?P<folder>\w+)/(?P<name>{PIECE_NAME})\.\w+")
_KEY = "key.bin"

_PLAYLISTS = {"3": "360p", "1": "180p", "audio": AUDIO, "subtitles": SUBTITLES}
_FOLDERS = {
    "360p": "video_360",
    "180p": "video_180",
    AUDIO: "audio",
    SUBTITLES: "subtitles",
}
_RENDITIONS = {folder: name for name, folder in _FOLDERS.items()}


class FastPixFront:
    """The entries: `/{playbackId}.m3u8?token=<JWT>`."""

    def __init__(
        self,
        programmes: Mapping[str, Playable],
        guard: TokenCheck,
        signer: Signer,
        *,
        edge_url: str,
        subtitles: bool,
    ) -> None:
        self._programmes = programmes
        self._guard = guard
        self._signer = signer
        self._edge_url = edge_url
        self._subtitles = subtitles

    def serves(self, path: str) -> bool:
        """Return whether the path has the shape of this kind of protection."""
        return bool(_ENTRY.fullmatch(path))

    def answer(self, ask: OriginRequest, now: float) -> OriginReply:
        """Answer a request for an entry."""
        found = _ENTRY.fullmatch(ask.path)
        stream = STREAMS.get(found["id"]) if found else None
        if found is None or stream is None:
            return missing()
        tokens = _QUERY_TOKEN.findall(ask.query)
        token = tokens[0] if len(tokens) == 1 else None
        verdict = self._guard.check(token, now, aud=f"media:{found['id']}")
        if verdict.refusal:
            return refused(401, verdict.refusal, stream)
        return served(self._entry(found["id"], now), stream, verdict.life)

    def stray(self, ask: OriginRequest) -> bool:
        """Return whether a token came anywhere but in the query."""
        elsewhere = (ask.path, ask.authorization, ask.cookie)
        return bool(ask.authorization) or holds_token(*elsewhere)

    def _entry(self, playback_id: str, now: float) -> MediaPiece:
        links = {}
        for number, rendition in _PLAYLISTS.items():
            # Each playlist has its own blob, as at FastPix.
            path = f"/{self._signer.blob(playback_id)}/stream_{number}.m3u8"
            links[rendition] = self._edge_url + self._signer.sign(path, "cf", now=now)
        return self._programmes[playback_id].entry(links, subtitles=self._subtitles)


class FastPixEdge:
    """The children: a signed URL is enough, and a token must not be sent."""

    def __init__(
        self, programmes: Mapping[str, Playable], signer: Signer, *, edge_url: str
    ) -> None:
        self._programmes = programmes
        self._signer = signer
        self._edge_url = edge_url

    def serves(self, path: str) -> bool:
        """Return whether the path has the shape of this kind of protection."""
        return bool(_CHILD.fullmatch(path))

    def answer(self, ask: OriginRequest, now: float) -> OriginReply:
        """Answer for a media playlist, a segment, an init section or a key."""
        parts = _CHILD.fullmatch(ask.path)
        playback_id = programme(parts["blob"]) if parts else ""
        stream = STREAMS.get(playback_id)
        if parts is None or stream is None:
            return missing()
        if refusal := self._signer.check(ask.path, ask.query, now=now):
            return refused(403, refusal, stream)
        played = self._programmes[playback_id]
        return served(self._child(played, parts["rest"], ask, now), stream)

    def stray(self, ask: OriginRequest) -> bool:
        """Return whether a token came, or any header that could carry one."""
        carrier = ask.authorization or _QUERY_TOKEN.search(ask.query)
        return bool(carrier) or holds_token(ask.path, ask.query, ask.cookie)

    def _child(
        self, played: Playable, rest: str, ask: OriginRequest, now: float
    ) -> Offered:
        if rest == _KEY:
            return played.key
        if named := _PLAYLIST.fullmatch(rest):
            rendition = _PLAYLISTS.get(named[1])
            return self._playlist(played, rendition, ask, now) if rendition else None
        if named := _PIECE.fullmatch(rest):
            rendition = _RENDITIONS.get(named["folder"], "")
            return played.piece(rendition, named["name"], now=now)
        return None

    def _playlist(
        self, played: Playable, rendition: str, ask: OriginRequest, now: float
    ) -> Offered:
        base = f"/{self._signer.blob(played.name)}"
        links = _Links(
            self._signer,
            self._edge_url,
            base=base,
            played=played,
            rendition=rendition,
            now=now,
        )
        return played.playlist(links, now=now, query=ask.query, since=ask.since)


@dataclass(frozen=True, slots=True)
class _Links:
    """References of one media playlist: absolute, and signed at `now`."""

    signer: Signer
    edge_url: str
    _: KW_ONLY
    base: str
    played: Playable
    rendition: str
    now: float

    def segment(self, index: int) -> str:
        extension = self.played.extension(self.rendition).replace("mp4", "m4s")
        return self._signed(f"{_FOLDERS[self.rendition]}/{index}.{extension}")

    def part(self, part: Spot) -> str:
        folder = _FOLDERS[self.rendition]
        return self._signed(f"{folder}/{part.segment}.{part.part}.m4s")

    def report(self, rendition: str) -> str:
        number = next(n for n, name in _PLAYLISTS.items() if name == rendition)
        # Each playlist has its own blob, as in the entry.
        path = f"/{self.signer.blob(self.played.name)}/stream_{number}.m3u8"
        return self.edge_url + self.signer.sign(path, "cf", now=self.now)

    def init(self) -> str | None:
        if not self.played.has_init(self.rendition):
            return None
        return self._signed(f"{_FOLDERS[self.rendition]}/init.mp4")

    def key(self) -> str | None:
        return self._signed(_KEY) if self.played.encrypts(self.rendition) else None

    def _signed(self, rest: str) -> str:
        path = f"{self.base}/{rest}"
        return self.edge_url + self.signer.sign(path, "cloudflare", now=self.now)
