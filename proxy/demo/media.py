"""Loads the loop: the media files of the demo, as endless tracks.

`tools/make_demo_media.py` makes the files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Protocol

from proxy.demo.retime_fmp4 import Fmp4Track
from proxy.demo.retime_ts import TsTrack
from proxy.demo.timeline import SEGMENT_SECONDS

AUDIO = "audio"
AUDIO_CODEC = "mp4a.40.2"


@dataclass(frozen=True, slots=True)
class Picture:
    """A video rendition of the loop."""

    name: str
    size: str
    codec: str
    encrypted: bool = False


PICTURES = (
    Picture("360p", "640x360", "avc1.4D401E"),
    Picture("180p", "320x180", "avc1.4D4014", encrypted=True),
)


class Container(StrEnum):
    """The container of the segments; the value is their file extension."""

    TS = "ts"
    FMP4 = "mp4"


class Track(Protocol):
    """One rendition of the loop, as an endless sequence of segments."""

    @property
    def init(self) -> bytes:
        """Return the init section; empty in MPEG-TS, which needs none."""
        ...

    @property
    def largest(self) -> int:
        """Return the size of the largest segment, in bytes."""
        ...

    def segment(self, index: int) -> bytes:
        """Return the segment with this media sequence number."""
        ...


def load(container: Container) -> Mapping[str, Track]:
    """Return the tracks of the loop by name: one for each picture, and `audio`."""
    make = TsTrack if container is Container.TS else Fmp4Track
    folder = resources.files("proxy.demo") / "media"
    names = [*(picture.name for picture in PICTURES), AUDIO]
    return {n: make((folder / f"{n}.{container}").read_bytes()) for n in names}


def bandwidth(*tracks: Track) -> int:
    """Return the peak bits per second of tracks that are played together."""
    return round(sum(track.largest for track in tracks) * 8 / SEGMENT_SECONDS)
