"""Answers that are not what was expected: a web page, XML, JSON, text, nothing.

Platforms, SSO gateways and captive portals often answer 200 with a page when they
refuse. The bytes decide, because types are often wrong: a playlist or a key with a
wrong type is still accepted.
"""

import re
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum

from proxy.core.hls.playlist import is_playlist
from proxy.core.hls.sniffing import UNCLEAR_BYTES, has_tag
from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS
from proxy.core.kind import Kind


class Imposter(StrEnum):
    """What came instead, in words."""

    PAGE = "a web page"
    XML = "XML"
    JSON = "JSON"
    TEXT = "other text"
    LENGTH = "bytes of another length"
    NOTHING = "nothing"


_BOM = b"\xef\xbb\xbf"
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_HTML_STARTS = (
    *(b"<!doctype html", b"<html", b"<head", b"<body"),
    *(b"<script", b"<meta", b"<title"),
)
_JSON_START = re.compile(rb'\{\s*["}]|\[\s*[\[\]{"]')
_XML = b"<?xml"
_XHTML = re.compile(b"<!doctype html|<html")
# A comment, a fragment, an end tag: no media, key or playlist begins like this.
_MARKUP = re.compile(rb"<[!?/a-z]")
_PROLOG = re.compile(
    rb"(?:\s|<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*+(?:\[[^\]]*+\]\s*+)?>)*+", re.DOTALL
)
# TTML, the XML of subtitles (SMPTE-TT uses the prefix).
_TTML = re.compile(rb"<(?:[a-z_][\w.-]*+:)?tt[\s>]")
# The beginnings of subtitles and playlists, which may have any text type.
_SUBTITLES = (b"webvtt", b"#")
_CUE = b"-->"
_SUBTITLE_TYPES = frozenset(
    {"application/x-subrip", "application/srt", "application/ttml+xml"}
)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# RFC 8216bis section 4.4.4.4: AES-128 has keys of 16 bytes, AES-256 of 32.
_KEY_BYTES = frozenset({16, 32})
# JSON with any of these members is what was expected (RFC 8216bis section 7.2 and
# appendix D.2).
_MEMBERS = {
    Kind.STEERING: (
        *(b'"VERSION"', b'"TTL"', b'"RELOAD-URI"'),
        *(b'"PATHWAY-PRIORITY"', b'"PATHWAY-CLONES"'),
    ),
    Kind.ASSET_LIST: (b'"ASSETS"',),
}
_CLEAR_BYTES = 16
_TEXTS = PLAYLISTS | JSON_DOCUMENTS
# Their content is unknown, and they may be empty.
_ANYTHING = frozenset({Kind.OTHER, Kind.SESSION_DATA})
# If text came instead of media: what it is, by its type.
_TEXT_TYPES = {
    "text/html": Imposter.PAGE,
    "application/xhtml+xml": Imposter.PAGE,
    "application/json": Imposter.JSON,
    "application/problem+json": Imposter.JSON,
    "text/plain": Imposter.TEXT,
}
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def imposter(
    kind: Kind, content_type: str, head: bytes, *, subtitle: bool = False
) -> Imposter | None:
    """Return what came instead, or None if it may be what was expected.

    `head` is the beginning of the decoded body, or the whole body if that is shorter.
    For a key it must be long enough to check the length; for a document it must be the
    whole body. `subtitle` is true if the name is one of subtitles, which may be any
    text.
    """
    said = _media_type(content_type)
    text = head.removeprefix(_BOM).lstrip().lower()
    if not text and (kind in _TEXTS or not head):
        return None if kind in _ANYTHING else Imposter.NOTHING
    judge = _JUDGES.get(kind)
    if judge is None:
        return None
    return judge(_Seen(kind, said, head=head, text=text, subtitle=subtitle))


def is_suspect(content_type: str) -> bool:
    """Return whether the type alone suggests a page instead of media."""
    return _media_type(content_type) in _TEXT_TYPES


def is_page_type(content_type: str) -> bool:
    """Return whether the type is that of web pages."""
    return _media_type(content_type) in _HTML


def is_unclear(head: bytes) -> bool:
    """Return whether a beginning is too short to judge: blanks, or text.

    Pages may begin with kilobytes of blanks, and TTML with a comment. Text without
    markup is only an error if it is short.
    """
    text = head.removeprefix(_BOM).lstrip().lower()
    if len(text) < _CLEAR_BYTES:
        return True
    return not text.startswith(_SUBTITLES) and _is_text(head)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known about an answer."""

    kind: Kind
    said: str
    """Its media type."""
    _: KW_ONLY
    head: bytes = field(repr=False)
    text: bytes = field(repr=False)
    """The head without leading blanks, in lower case."""
    subtitle: bool = False


def _for_playlist(seen: _Seen) -> Imposter | None:
    if seen.head.startswith(_UTF_16):
        return None  # the parser reports it with a better message
    if markup := _markup(seen):
        return markup
    if _JSON_START.match(seen.text):
        return Imposter.JSON
    return None if has_tag(seen.head) else Imposter.TEXT


def _for_document(seen: _Seen) -> Imposter | None:
    if is_playlist(seen.head):
        return None  # the answer may be a playlist instead of an asset list
    if markup := _markup(seen):
        return markup
    if not seen.text.startswith(b"{"):
        return Imposter.TEXT
    empty = not seen.text[1:].lstrip().startswith(b'"')
    if empty or any(member in seen.head for member in _MEMBERS[seen.kind]):
        return None
    return Imposter.JSON


def _for_key(seen: _Seen) -> Imposter | None:
    # A key is random: it practically never begins like a page, or consists only of
    # text.
    if _is_text(seen.head):
        if _JSON_START.match(seen.text):
            return Imposter.JSON
        if seen.text.startswith((*_HTML_STARTS, b"<!", _XML)):
            return _markup(seen)
    if len(seen.head) in _KEY_BYTES:
        return None
    if not _is_text(seen.head):
        return Imposter.LENGTH
    return _markup(seen) or Imposter.TEXT


def _for_media(seen: _Seen) -> Imposter | None:
    text = seen.text
    if text.startswith(_HTML_STARTS):
        return Imposter.PAGE
    # Encrypted segments are random: one in thousands begins like JSON, but then bytes
    # follow that are not text.
    if text.startswith(_SUBTITLES) or not _is_text(seen.head):
        return None
    if text.startswith(b"<"):
        root = _PROLOG.sub(b"", text, count=1)
        return None if _TTML.match(root) else _markup(seen)
    if _JSON_START.match(text):
        return Imposter.JSON
    if came := _TEXT_TYPES.get(seen.said):
        return came
    short = len(text) > 0 and len(seen.head) < UNCLEAR_BYTES
    return Imposter.TEXT if short and not _may_be_subtitle(seen) else None


def _for_data(seen: _Seen) -> Imposter | None:
    return Imposter.PAGE if seen.text.startswith(_HTML_STARTS) else None


_JUDGES = {
    Kind.ENTRY: _for_playlist,
    Kind.PLAYLIST: _for_playlist,
    Kind.STEERING: _for_document,
    Kind.ASSET_LIST: _for_document,
    Kind.SESSION_DATA: _for_data,
    Kind.KEY: _for_key,
    Kind.SEGMENT: _for_media,
    Kind.PART: _for_media,
    Kind.MAP: _for_media,
}


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _markup(seen: _Seen) -> Imposter | None:
    """Return whether text is a page or XML; None if it is not markup at all."""
    if not _MARKUP.match(seen.text):
        return None
    xml = seen.text.startswith(_XML) and seen.said not in _HTML
    return Imposter.XML if xml and not _XHTML.search(seen.text) else Imposter.PAGE


def _may_be_subtitle(seen: _Seen) -> bool:
    if seen.said in _SUBTITLE_TYPES or seen.said.startswith("text/"):
        return True
    # A single line is not a subtitle, whatever its name: "Forbidden".
    return _CUE in seen.head or (seen.subtitle and b"\n" in seen.text.rstrip())


def _is_text(head: bytes) -> bool:
    """Return whether bytes are text, whose last character may be incomplete."""
    if _CONTROLS.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as exc:
        return exc.reason == "unexpected end of data"
    return True
