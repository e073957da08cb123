"""Makes the text of playlists from values. Pure.

Each kind of protection decides what the references look like: `Links`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Protocol

from proxy.demo.media import AUDIO, AUDIO_CODEC, PICTURES, Track, bandwidth
from proxy.demo.subtitles import SUBTITLE_BITS
from proxy.demo.timeline import SEGMENT_SECONDS, Window

SUBTITLES = "subtitles"
TARGET_SECONDS = 2


class Links(Protocol):
    """How one media playlist refers to its resources."""

    def segment(self, index: int) -> str:
        """Return the reference to a segment."""
        ...

    def init(self) -> str | None:
        """Return the reference to the init section, if there is one."""
        ...

    def key(self) -> str | None:
        """Return the reference to the AES-128 key of an encrypted rendition."""
        ...


def multivariant(
    tracks: Mapping[str, Track], links: Mapping[str, str], *, subtitles: bool
) -> str:
    """Return the entry playlist; `links` maps rendition names to references."""
    return "\n".join([*_multivariant(tracks, links, subtitles=subtitles), ""])


def media(window: Window, links: Links) -> str:
    """Return the media playlist of a window."""
    return "\n".join([*_media(window, links), ""])


def date(began: float, index: int) -> str:
    """Return when a segment began, in the format of EXT-X-PROGRAM-DATE-TIME."""
    moment = datetime.fromtimestamp(began + index * SEGMENT_SECONDS, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _multivariant(
    tracks: Mapping[str, Track], links: Mapping[str, str], *, subtitles: bool
) -> Iterator[str]:
    yield "#EXTM3U"
    yield "#EXT-X-VERSION:6"
    yield "#EXT-X-INDEPENDENT-SEGMENTS"
    chosen = 'LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES'
    yield (
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Tone",{chosen}'
        f',CHANNELS="1",URI="{links[AUDIO]}"'
    )
    group = ""
    if subtitles:
        group = ',SUBTITLES="text"'
        yield (
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="Running time",{chosen}'
            f',URI="{links[SUBTITLES]}"'
        )
    for picture in PICTURES:
        bits = bandwidth(tracks[picture.name], tracks[AUDIO])
        bits += SUBTITLE_BITS if subtitles else 0
        yield (
            f'#EXT-X-STREAM-INF:BANDWIDTH={bits},CODECS="{picture.codec},{AUDIO_CODEC}"'
            f',RESOLUTION={picture.size},FRAME-RATE=25.000,AUDIO="sound"{group}'
        )
        yield links[picture.name]


def _media(window: Window, links: Links) -> Iterator[str]:
    yield "#EXTM3U"
    yield "#EXT-X-VERSION:6"
    yield f"#EXT-X-TARGETDURATION:{TARGET_SECONDS}"
    yield f"#EXT-X-MEDIA-SEQUENCE:{window.first}"
    if window.ended:
        yield "#EXT-X-PLAYLIST-TYPE:VOD"
    else:
        yield f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.discontinuity_sequence}"
    # RFC 8216, section 4.3.2.5: a key also applies to an init section after it.
    if init := links.init():
        yield f'#EXT-X-MAP:URI="{init}"'
    if key := links.key():
        yield f'#EXT-X-KEY:METHOD=AES-128,URI="{key}"'
    for index in window.indices:
        if window.discontinuous(index):
            yield "#EXT-X-DISCONTINUITY"
        if window.began is not None:
            yield f"#EXT-X-PROGRAM-DATE-TIME:{date(window.began, index)}"
        yield f"#EXTINF:{SEGMENT_SECONDS:.2f},"
        yield links.segment(index)
    if window.ended:
        yield "#EXT-X-ENDLIST"
