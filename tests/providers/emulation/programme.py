"""What an emulated platform plays: a recording or a live stream of a few renditions.

The bytes of a segment are a function of its rendition and its number, so that a player
knows what to expect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from tests.providers.emulation.asks import Role

KEY = bytes(range(16))
M3U8 = "application/vnd.apple.mpegurl"
_SYNC = b"\x47"
_PACKETS = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that can be requested."""

    role: Role
    rendition: str = ""
    number: int = 0


Link = Callable[[Piece], str]
"""Writes the reference to a piece."""


def segment(rendition: str, number: int) -> bytes:
    """Return a segment: it begins like MPEG-TS, and each one is different."""
    seed = sha256(f"{rendition}/{number}".encode()).digest()
    return b"".join(_SYNC + (seed * 6)[:187] for _ in range(_PACKETS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A recording of `segments`, or a live stream without them."""

    videos: tuple[str, ...] = ("360p", "180p")
    audio: str = "audio"
    seconds: float = 15.0
    """The duration of a segment, in seconds."""
    segments: int | None = 24
    window: int = 4
    """Segments in a live playlist."""

    @property
    def renditions(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.videos, self.audio)

    def numbers(self, now: float) -> range:
        """Return the segments that are listed now."""
        if self.segments is not None:
            return range(self.segments)
        newest = int(now / self.seconds)
        return range(newest - self.window, newest)

    def entry(self, link: Link) -> str:
        """Return the multivariant playlist."""
        audio = link(Piece(Role.PLAYLIST, self.audio))
        named = 'GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",DEFAULT=YES'
        lines = ["#EXTM3U", f'#EXT-X-MEDIA:TYPE=AUDIO,{named},URI="{audio}"']
        for video in self.videos:
            height = int(video.removesuffix("p"))
            shown = f"BANDWIDTH={height * 2500},RESOLUTION={height * 16 // 9}x{height}"
            lines += [
                f'#EXT-X-STREAM-INF:{shown},AUDIO="a"',
                link(Piece(Role.PLAYLIST, video)),
            ]
        return "\n".join([*lines, ""])

    def playlist(self, rendition: str, link: Link, now: float) -> str:
        """Return a media playlist; video is listed as encrypted."""
        numbers = self.numbers(now)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            f"#EXT-X-TARGETDURATION:{self.seconds:.0f}",
            f"#EXT-X-MEDIA-SEQUENCE:{numbers.start}",
        ]
        if rendition != self.audio:
            key = link(Piece(Role.KEY, rendition))
            lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="{key}"')
        for number in numbers:
            lines += [
                f"#EXTINF:{self.seconds:.3f},",
                link(Piece(Role.SEGMENT, rendition, number)),
            ]
        if self.segments is not None:
            lines.append("#EXT-X-ENDLIST")
        return "\n".join([*lines, ""])

    def media(self, piece: Piece) -> bytes | None:
        """Return the bytes of a segment or a key; None if there is none."""
        if piece.role is Role.KEY:
            return KEY
        if self.segments is not None and piece.number >= self.segments:
            return None
        return segment(piece.rendition, piece.number)
