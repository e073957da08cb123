"""Which bodies are text, to be searched for secrets, and which are media.

For subtitles and documents the name or type decides, whatever the bytes are. For
everything else the first bytes decide: some servers label media as text, and some send
text as media.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from proxy.core.hls.sniffing import is_named_subtitle
from proxy.core.http import uri
from proxy.core.kind import Kind

SAMPLE_BYTES = 512
"""Enough to distinguish encrypted or compressed bytes from text."""

# Not text/plain: many servers use it for everything they do not know.
_TYPES = re.compile(
    r"text/(?:vtt|srt|xml)|application/(?:json|srt|x-subrip|xml)|[^/]+/[^/]+\+(?:json|xml)",
    re.IGNORECASE,
)
_NAMES = (".json", ".xml")
_PERHAPS_DOCUMENTS = re.compile(r"\.(?:json|xml)", re.IGNORECASE)
# ISO/IEC 14496-12: a box begins with its length, less than 16 MB, and its name.
_BOX = re.compile(rb"\x00[\x00-\xff]{3}[A-Za-z0-9]{4}")
_PICTURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP", re.DOTALL
)
_EBML = b"\x1aE\xdf\xa3"
# ISO/IEC 13818-1: packets of 188 bytes, each beginning with 0x47.
_PACKET, _PACKETS = 188, b"\x47\x47"
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\f\r\x1b"})
# Among random bytes, one in ten is a control character.
_MOST_CONTROLS = 1 / 32
# In UTF-16 and UTF-32, ASCII characters have one zero byte each, or three.
_LEAST_ZEROS = 1 / 4


def is_called_text(kind: Kind, content_type: str, *urls: str) -> bool:
    """Return whether the tag, type or name of a resource says that it is text."""
    return (
        kind is Kind.SESSION_DATA
        or _is_text_type(content_type)
        or is_named_subtitle(*urls)
        or _is_named_document(urls)
    )


# There are few different values.
@lru_cache(256)
def _is_text_type(content_type: str) -> bool:
    return _TYPES.fullmatch(content_type.partition(";")[0].strip()) is not None


def _is_named_document(urls: Iterable[str]) -> bool:
    # Hardly any URL is, and only likely ones need to be split.
    likely = [url for url in urls if _PERHAPS_DOCUMENTS.search(url)]
    return any(uri.split(url).path.lower().endswith(_NAMES) for url in likely)


def may_be_text(head: bytes) -> bool:
    """Return whether a body with this beginning may be text, not known media.

    `head` has `SAMPLE_BYTES`, or is the whole body. Text may contain a few control
    characters; encrypted and compressed bytes contain far more.
    """
    if is_known_media(head):
        return False
    shown = _narrow(head)
    controls = len(shown) - len(shown.translate(None, _CONTROLS))
    return head.startswith(_MARKS) or controls <= len(shown) * _MOST_CONTROLS


def is_surely_text(head: bytes) -> bool:
    """Return whether a beginning, however short, can only be text."""
    shown = _narrow(head)
    if is_known_media(head) or shown != shown.translate(None, _CONTROLS):
        return False
    try:
        shown.decode()
    except UnicodeDecodeError as error:
        # The last character is incomplete.
        return error.end == len(shown) and error.reason == "unexpected end of data"
    return bool(shown)


def is_known_media(head: bytes) -> bool:
    """Return whether a body begins like media of a format that is known here."""
    return (
        head[: _PACKET + 1 : _PACKET] == _PACKETS
        or _BOX.match(head) is not None
        or _PICTURES.match(head) is not None
        or head.startswith(_EBML)
    )


def _narrow(head: bytes) -> bytes:
    """Return bytes without the zeros of UTF-16 and UTF-32, if they may be that."""
    wide = head.count(0) >= len(head) * _LEAST_ZEROS
    return head.translate(None, b"\0") if wide else head
