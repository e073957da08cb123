"""Whether an answer is a playlist or something else.

Servers send playlists with any type and any name, and media with names of playlists. So
the bytes decide first, then the type, then the name.
"""

import re
from collections.abc import Iterable

from proxy.core.hls.playlist import is_playlist
from proxy.core.http import uri
from proxy.core.http.ranges import Part

SNIFF_BYTES = 64
"""Enough to recognise a playlist or a page, with some blanks before it."""
UNCLEAR_BYTES = 4096
"""How much to look at if that is not enough: a page after kilobytes of blanks, a
playlist after comments."""

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
# A control character that never occurs in text, after bytes that do not begin like
# text, markup, a playlist or UTF-16.
_MEDIA_START = re.compile(
    rb"(?![\s<#\xef\xfe\xff])[\x00-\xff]{0,63}?[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]"
)
_BOM = b"\xef\xbb\xbf"
_TAG = re.compile(rb"[\r\n][ \t]*+#EXT")


def is_playlist_answer(head: bytes | None, content_type: str, *, named: bool) -> bool:
    """Return whether an answer is a playlist.

    `head` is its decoded beginning; None if that is unknown, e.g. for a later part.
    `named` is true if a playlist was expected, or the URL has the name of a playlist.
    """
    named = named or content_type.partition(";")[0].strip().lower() in _TYPES
    if head is None:
        return named
    # A comment may precede the first tag, and may be longer than `head`.
    return is_playlist(head) or (
        named and (_text(head).startswith(b"#") or has_tag(head))
    )


def is_plainly_media(head: bytes) -> bool:
    """Return whether the first bytes alone rule out text and playlists.

    If it returns False, other checks are needed.
    """
    return _MEDIA_START.match(head) is not None and b"#EXT" not in head


def has_tag(body: bytes) -> bool:
    """Return whether a line begins with a tag; every playlist has one."""
    return _text(body).startswith(b"#EXT") or _TAG.search(body) is not None


def promises_media(content_type: str, *, part: bool, named: bool) -> bool:
    """Return whether the head of an answer alone shows that it is media.

    `part` is true if a part was requested, which is not done for playlists. `named` is
    true if the URL is a playlist's.
    """
    said = content_type.partition(";")[0].strip().lower()
    if named or said in _TYPES:
        return False
    return said.startswith(_MEDIA) or (part and said in _UNTOLD)


def is_named_playlist(*urls: str) -> bool:
    """Return whether one of the URLs has the name of a playlist."""
    return _is_named(_NAMED, _PERHAPS_NAMED, urls)


def is_named_subtitle(*urls: str) -> bool:
    """Return whether one of the URLs has the name of subtitles."""
    return _is_named(_SUBTITLES, _PERHAPS_SUBTITLES, urls)


def _is_named(
    name: re.Pattern[str], perhaps: re.Pattern[str], urls: Iterable[str]
) -> bool:
    # Hardly any URL is, and only likely ones need to be split.
    likely = [url for url in urls if perhaps.search(url)]
    return bool(likely) and any(name.search(uri.split(url).path) for url in likely)


def begins_at_zero(content_range: str) -> bool:
    """Return whether a part is the first one (RFC 9110 section 14.4)."""
    part = Part.of(content_range)
    return part is not None and part.start == 0


def is_whole(content_range: str) -> bool:
    """Return whether a part is the whole, with a known length."""
    part = Part.of(content_range)
    return part is not None and part.is_whole


def _text(head: bytes) -> bytes:
    return head.removeprefix(_BOM).lstrip()
