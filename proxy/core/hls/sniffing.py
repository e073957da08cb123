"""What came: a playlist, or something else.

Servers send playlists under any type, behind any name, and media behind names of
playlists. So the bytes decide first, then the type, then the name.
"""

import re

from proxy.core.hls.playlist import is_playlist
from proxy.core.http import uri
from proxy.core.http.ranges import Part

SNIFF_BYTES = 64
"""Enough to tell a playlist or a page, with blanks before either."""

_TYPES = frozenset(
    {
        "application/vnd.apple.mpegurl",
        "application/x-mpegurl",
        "audio/mpegurl",
        "audio/x-mpegurl",
        "vnd.apple.mpegurl",
    }
)
_MEDIA = ("video/", "audio/", "image/")
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_NAMED = re.compile(r"\.m3u8?\Z", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"


def is_playlist_answer(head: bytes | None, content_type: str, *, named: bool) -> bool:
    """Tell whether an answer is a playlist.

    `head` is its beginning, decoded; None where that is not known, of a later part for
    instance. `named` tells that a playlist was expected, or that its URL is one's.
    """
    if head is not None and is_playlist(head):
        return True
    if content_type.partition(";")[0].strip().lower() in _TYPES:
        return True
    return named and (head is None or _text(head).startswith(b"#"))


def promises_media(content_type: str, *, part: bool, named: bool) -> bool:
    """Tell whether the head of an answer alone says that it is media.

    `part` tells that a part was asked for, which no playlist stands for; `named` that
    the URL is a playlist's.
    """
    said = content_type.partition(";")[0].strip().lower()
    if named or said in _TYPES:
        return False
    return said.startswith(_MEDIA) or (part and said in _UNTOLD)


def is_named_playlist(*urls: str) -> bool:
    """Tell whether one of the URLs has the name of a playlist."""
    return any(_NAMED.search(uri.split(url).path) for url in urls)


def begins_at_zero(content_range: str) -> bool:
    """Tell whether a part is the first one (RFC 9110 section 14.4)."""
    part = Part.of(content_range)
    return part is not None and part.start == 0


def is_whole(content_range: str) -> bool:
    """Tell whether a part is all there is, of a length that is known."""
    part = Part.of(content_range)
    return part is not None and part.is_whole


def _text(head: bytes) -> bytes:
    return head.removeprefix(_BOM).lstrip()
