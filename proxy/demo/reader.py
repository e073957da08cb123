"""Reads playlists and segments as a player does. Pure.

It shares as little code as possible with the modules that make them: playlists are
read by the m3u8 library.
"""

import re
from dataclasses import KW_ONLY, dataclass

import m3u8

from proxy.demo.programme import decrypt
from proxy.demo.retime_fmp4 import decode_time, timescale
from proxy.demo.retime_ts import SYNC, presentation_time
from proxy.demo.timeline import TICKS_PER_SECOND

_LEAKS = {
    "an address": re.compile(r"://"),
    "a token": re.compile(r"token=|eyJ[\w-]+\.[\w-]+\.", re.IGNORECASE),
    "a signature": re.compile(r"signature=", re.IGNORECASE),
}
_TIMESTAMP_MAP = re.compile(rb"X-TIMESTAMP-MAP=MPEGTS:(\d+)")


@dataclass(frozen=True, slots=True)
class ListedSegment:
    """A segment as a playlist lists it; all URLs are absolute."""

    number: int
    """The media sequence number."""
    url: str
    _: KW_ONLY
    seconds: float
    init_url: str | None = None
    key_url: str | None = None


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """The parts of a media playlist that a player of these streams needs."""

    segments: tuple[ListedSegment, ...]
    target_seconds: float
    ended: bool


def leaks(text: str) -> tuple[str, ...]:
    """Return the names of what a playlist contains although no player may see it."""
    return tuple(name for name, pattern in _LEAKS.items() if pattern.search(text))


def renditions(text: str, url: str) -> tuple[str, ...]:
    """Return the URLs of the media playlists that an entry playlist lists."""
    parsed = m3u8.loads(text, uri=url)
    found = [*parsed.playlists, *(media for media in parsed.media if media.uri)]
    return tuple(dict.fromkeys(str(item.absolute_uri) for item in found))


def media_playlist(text: str, url: str) -> MediaPlaylist:
    """Read a media playlist."""
    parsed = m3u8.loads(text, uri=url)
    first = parsed.media_sequence or 0
    # Parts at the end belong to a segment that has no URI and no duration yet.
    whole = (item for item in parsed.segments if item.uri)
    listed = (_listed(first + i, item) for i, item in enumerate(whole))
    target = float(parsed.target_duration or 0)
    return MediaPlaylist(tuple(listed), target, bool(parsed.is_endlist))


def _listed(number: int, item: m3u8.Segment) -> ListedSegment:
    encrypted = item.key and item.key.method == "AES-128"
    return ListedSegment(
        number,
        item.absolute_uri,
        seconds=item.duration,
        init_url=item.init_section.absolute_uri if item.init_section else None,
        key_url=item.key.absolute_uri if encrypted else None,
    )


def clear(body: bytes, key: bytes | None, number: int) -> bytes:
    """Decrypt a segment if there is a key; raises ValueError if that fails."""
    return body if key is None else decrypt(body, key, number)


def starts_at(segment: bytes, init: bytes | None) -> float:
    """Return the media time in seconds at which an unencrypted segment begins.

    Raises ValueError if it is not a whole segment of a known kind.
    """
    if mapped := _TIMESTAMP_MAP.search(segment[:100]):
        return int(mapped[1]) / TICKS_PER_SECOND
    if segment[:1] == bytes([SYNC]):
        return presentation_time(segment) / TICKS_PER_SECOND
    return decode_time(segment) / timescale(init or b"")
