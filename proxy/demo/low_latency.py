"""A low-latency live stream: parts, hints, and playlists that wait (RFC 8216bis)."""

from collections.abc import Mapping
from importlib import resources

from proxy.demo.cut_fmp4 import CutTrack
from proxy.demo.delivery_directives import BadReloadError, directives
from proxy.demo.media import AUDIO, PICTURES, Container
from proxy.demo.part_playlist import Parted, PartLinks, low_latency
from proxy.demo.part_timeline import PartTimeline, Spot
from proxy.demo.playlists import TARGET_SECONDS, multivariant
from proxy.demo.programme import (
    PLAYLIST_TYPE,
    MediaPiece,
    NotYet,
    Offered,
    Unable,
    content_type,
)

LL_ID = "demo-ll"
RENDITIONS = (*(picture.name for picture in PICTURES), AUDIO)

# Section 6.2.5.2: the server gives up after three target durations.
BLOCK_SECONDS = 3 * TARGET_SECONDS
# Appendix B.1, in target durations: how long a cache may keep an answer.
_KEPT_BLOCKING = 6
_KEPT_MISSING = 1


class LowLatency:
    """The programme of a low-latency stream: fragmented MP4, not encrypted."""

    name = LL_ID
    container = Container.FMP4

    def __init__(self, timeline: PartTimeline) -> None:
        self._timeline = timeline
        folder = resources.files("proxy.demo") / "media"
        self._tracks = {
            name: CutTrack((folder / f"{name}.{self.container}").read_bytes())
            for name in RENDITIONS
        }

    def entry(self, links: Mapping[str, str], *, subtitles: bool) -> MediaPiece:  # noqa: ARG002 -- a Playable
        """Return the entry playlist; there are no subtitles."""
        text = multivariant(self._tracks, links, subtitles=False)
        return MediaPiece(text.encode(), PLAYLIST_TYPE)

    def playlist(
        self, links: PartLinks, *, now: float, query: str, since: float
    ) -> Offered:
        """Return a media playlist, or the time when the requested one will be ready."""
        since, edge = min(since, now), self._timeline.next(now)
        track = self._tracks.get(links.rendition)
        if track is None:
            return None
        try:
            asked = directives(query, edge=edge)
        except BadReloadError as error:
            return Unable(400, str(error), kept_seconds=4 * TARGET_SECONDS)
        if asked.awaited is not None and asked.awaited >= edge:
            return self._blocked(asked.awaited, now=now, since=since)
        parted = Parted(
            self._timeline.window(now),
            edge,
            shares=track.shares,
            independent=links.rendition == AUDIO,
            others=[name for name in RENDITIONS if name != links.rendition],
        )
        text = low_latency(parted, links, skip=asked.skip)
        kept = _KEPT_BLOCKING * TARGET_SECONDS if asked.awaited else TARGET_SECONDS // 2
        return MediaPiece(text.encode(), PLAYLIST_TYPE, kept_seconds=kept)

    def piece(self, rendition: str, name: str, *, now: float) -> Offered:
        """Return an init section, a segment (`311`) or a part (`311.2`).

        A request for the hinted part waits until it is complete. Later parts do not
        exist yet.
        """
        track = self._tracks.get(rendition)
        if track is None:
            return None
        if name == "init":
            return self._kept(track.init, rendition)
        segment, _, place = name.partition(".")
        whole = not place
        part = Spot(int(segment), int(place or len(track.shares) - 1))
        if part.part >= len(track.shares):
            return None
        if not self._timeline.has(part, now):
            return self._hinted(part, now=now) if not whole else _missing()
        parts = track.parts(part.segment)
        return self._kept(b"".join(parts) if whole else parts[part.part], rendition)

    def extension(self, rendition: str) -> str:  # noqa: ARG002 -- a Playable
        """Return the extension of a rendition's segments."""
        return self.container

    def has_init(self, rendition: str) -> bool:  # noqa: ARG002 -- a Playable
        """Return whether a rendition has an init section."""
        return True

    def encrypts(self, rendition: str) -> bool:  # noqa: ARG002 -- a Playable
        """Return whether a rendition's segments are encrypted: none are."""
        return False

    @property
    def key(self) -> MediaPiece | None:
        """Return the AES-128 key: None, as nothing is encrypted."""
        return None

    def _blocked(self, awaited: Spot, *, now: float, since: float) -> Offered:
        gives_up_at = since + BLOCK_SECONDS
        if now >= gives_up_at:
            return Unable(503, "the playlist did not come on", retry_seconds=1)
        complete_at = self._timeline.complete_at(awaited)
        return NotYet(min(complete_at or gives_up_at, gives_up_at))

    def _hinted(self, part: Spot, *, now: float) -> Offered:
        complete_at = self._timeline.complete_at(part)
        if part != self._timeline.next(now) or complete_at is None:
            return _missing()
        return NotYet(complete_at)

    def _kept(self, body: bytes, rendition: str) -> MediaPiece:
        kind = content_type(self.container, rendition)
        return MediaPiece(body, kind, kept_seconds=_KEPT_BLOCKING * TARGET_SECONDS)


def _missing() -> Unable:
    return Unable(404, "not found", kept_seconds=_KEPT_MISSING * TARGET_SECONDS)
