"""Generates playlists for measuring: the same in every run."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass

BASE = "https://live.example/event/1080p/index.m3u8"
_CDN = "https://edge.cdn.example/v1/event/1080p"
VOLATILE = frozenset({"expires", "signature", "key-pair-id"})
"""Query parameters that a platform changes at every fetch."""


@dataclass(frozen=True, slots=True)
class Input:
    """A playlist that grows, and optionally slides."""

    name: str
    segments: int
    _: KW_ONLY
    line: Callable[[int], str]
    """The reference to a segment."""
    head: str = "#EXT-X-PLAYLIST-TYPE:EVENT\n"
    slides: bool = False
    """Whether the oldest segment is removed when a new one is added."""

    def version(self, number: int) -> bytes:
        """Return the playlist after this many reloads, each with one new segment."""
        first = number if self.slides else 0
        segments = map(self._segment, range(first, number + self.segments))
        return "".join([self._head(first), *segments]).encode()

    def _head(self, first: int) -> str:
        return (
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:6\n"
            f"#EXT-X-MEDIA-SEQUENCE:{first}\n{self.head}"
        )

    def _segment(self, number: int) -> str:
        days, seconds = divmod(number * 6, 86_400)
        hours, minutes = seconds // 3600, seconds // 60 % 60
        date = f"2026-01-{days + 1:02}T{hours:02}:{minutes:02}:{seconds % 60:02}.000Z"
        return f"#EXT-X-PROGRAM-DATE-TIME:{date}\n#EXTINF:6.000,\n{self.line(number)}\n"


def plain(number: int) -> str:
    """Return a file name relative to the playlist."""
    return f"segment_{number:06}.ts"


def signed(number: int) -> str:
    """Return an absolute URL on another host, with its own signature."""
    signature = hashlib.sha256(b"%d" % number).hexdigest()
    return (
        f"{_CDN}/segment_{number:06}.ts?Expires=1790000000&Signature={signature}"
        "&Key-Pair-Id=K2JCJMDEHXQW5F"
    )


def inputs(scale: float = 1.0) -> Iterator[Input]:
    """Yield the inputs to measure; `scale` below 1 makes the large ones smaller."""
    for way, line in (("plain names", plain), ("signed URLs", signed)):
        yield Input(f"live window, {way}", 10, line=line, head="", slides=True)
        yield Input(f"VOD of 1,000, {way}", int(1_000 * scale), line=line)
        dvr = int(40_000 * scale)
        yield Input(f"DVR of 40,000, {way}", dvr, line=line, head="", slides=True)
