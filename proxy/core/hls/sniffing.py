"""What came: a playlist, or something else.

Servers send playlists under any type, behind any name, and media behind names of
playlists. So the bytes decide first, then the type, then the name.
"""

import re
from collections.abc import Iterable

from proxy.core.hls.playlist import is_playlist
from proxy.core.http import uri
from proxy.core.http.ranges import Part

SNIFF_BYTES = 64
"""Enough to tell a playlist or a page, with some blanks before either."""
UNCLEAR_BYTES = 4096
"""How much is looked at of what that does not tell: a page behind kilobytes of blanks,
a playlist behind comments."""

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
_SUBTITLES = re.compile(r"\.(?:web)?vtt\Z|\.(?:srt|ttml|dfxp)\Z", re.IGNORECASE)
_PERHAPS_NAMED = re.compile(r"\.m3u", re.IGNORECASE)
_PERHAPS_SUBTITLES = re.compile(r"\.(?:web)?vtt|\.srt|\.ttml|\.dfxp", re.IGNORECASE)
# A control character that stands in no text, among bytes that begin like no text, no
# markup, no playlist, and no UTF-16.
_MEDIA_START = re.compile(
    rb"(?![\s<#\xef\xfe\xff])[\x00-\xff]{0,63}?[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]"
)
_BOM = b"\xef\xbb\xbf"
_TAG = re.compile(rb"[\r\n][ \t]*+#EXT")


def is_playlist_answer(head: bytes | None, content_type: str, *, named: bool) -> bool:
    """Tell whether an answer is a playlist.

    `head` is its beginning, decoded; None where that is not known, of a later part for
    instance. `named` tells that a playlist was expected, or that its URL is one's.
    """
    named = named or content_type.partition(";")[0].strip().lower() in _TYPES
    if head is None:
        return named
    # A comment may stand before the first tag, and be longer than what is seen.
    return is_playlist(head) or (
        named and (_text(head).startswith(b"#") or has_tag(head))
    )


def is_plainly_media(head: bytes) -> bool:
    """Tell whether the first bytes alone show that this is neither text nor a playlist.

    What they do not show is to be looked at in other ways.
    """
    return _MEDIA_START.match(head) is not None and b"#EXT" not in head


def has_tag(body: bytes) -> bool:
    """Tell whether a line begins with a tag: without one there is no playlist."""
    return _text(body).startswith(b"#EXT") or _TAG.search(body) is not None


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
    return _is_named(_NAMED, _PERHAPS_NAMED, urls)


def is_named_subtitle(*urls: str) -> bool:
    """Tell whether one of the URLs has the name of subtitles."""
    return _is_named(_SUBTITLES, _PERHAPS_SUBTITLES, urls)


def _is_named(
    name: re.Pattern[str], perhaps: re.Pattern[str], urls: Iterable[str]
) -> bool:
    # Nearly none are: those need not be taken apart.
    likely = [url for url in urls if perhaps.search(url)]
    return any(name.search(uri.split(url).path) for url in likely)


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
