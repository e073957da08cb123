"""What came in the place of what was asked for: a web page, JSON, text, nothing.

Platforms, SSO gateways and captive portals answer 200 and a page where they mean no.
The bytes decide: types are often wrong, and a playlist or a key under a wrong type is
still one.
"""

import re
from enum import StrEnum

from proxy.core.hls.sniffing import is_playlist_answer
from proxy.core.http.headers import JSON_DOCUMENTS, PLAYLISTS
from proxy.core.kind import Kind


class Imposter(StrEnum):
    """What it is, in words."""

    PAGE = "a web page"
    JSON = "JSON"
    TEXT = "other text"
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
# What subtitles, and playlists, begin with; they come under any type of text.
_SUBTITLES = (b"webvtt", b"<tt", b"#")
_KEY_BYTES = frozenset({16, 32})
_TEXTS = PLAYLISTS | JSON_DOCUMENTS
# Nobody can tell what these are, nor that they must be something.
_ANYTHING = frozenset({Kind.OTHER, Kind.SESSION_DATA})
# What text is that stands in the place of media, by its type.
_TEXT_TYPES = {
    "text/html": Imposter.PAGE,
    "application/xhtml+xml": Imposter.PAGE,
    "application/json": Imposter.JSON,
    "application/problem+json": Imposter.JSON,
    "text/plain": Imposter.TEXT,
}
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def imposter(kind: Kind, content_type: str, head: bytes) -> Imposter | None:
    """Return what came instead, or None if it may be what was asked for.

    `head` is the beginning of the decoded body, all of it where that is shorter; of a
    key it is enough to tell its length.
    """
    said = _media_type(content_type)
    text = head.removeprefix(_BOM).lstrip().lower()
    if not text and (kind in _TEXTS or not head):
        return None if kind in _ANYTHING else Imposter.NOTHING
    judge = _JUDGES.get(kind)
    return judge(said, head, text) if judge else None


def is_suspect(content_type: str) -> bool:
    """Tell whether the type alone lets one think of a page in the place of media."""
    return _media_type(content_type) in _TEXT_TYPES


def _for_playlist(said: str, head: bytes, text: bytes) -> Imposter | None:
    if _is_page(said, text):
        return Imposter.PAGE
    if _JSON_START.match(text):
        return Imposter.JSON
    fits = is_playlist_answer(head, said, named=True)
    return None if fits else Imposter.TEXT


def _for_document(said: str, _: bytes, text: bytes) -> Imposter | None:
    return Imposter.PAGE if _is_page(said, text) else None


def _for_key(said: str, head: bytes, text: bytes) -> Imposter | None:
    # A key is random: that one begins like a page, or is all text, happens to nobody.
    if _is_text(head) and _JSON_START.match(text):
        return Imposter.JSON
    if text.startswith(_HTML_STARTS):
        return Imposter.PAGE
    if len(head) in _KEY_BYTES or not _is_text(head):
        return None
    if _is_page(said, text):
        return Imposter.PAGE
    return Imposter.TEXT if said.startswith("text/") else None


def _for_media(said: str, head: bytes, text: bytes) -> Imposter | None:
    if text.startswith(_HTML_STARTS):
        return Imposter.PAGE
    if text.startswith(_XML):
        return Imposter.PAGE if _XHTML.search(text) else None
    # Encrypted segments are random: they begin like JSON once in thousands, but then
    # bytes follow that are no text.
    if text.startswith(_SUBTITLES) or not _is_text(head):
        return None
    return Imposter.JSON if _JSON_START.match(text) else _TEXT_TYPES.get(said)


def _for_data(_: str, __: bytes, text: bytes) -> Imposter | None:
    return Imposter.PAGE if text.startswith(_HTML_STARTS) else None


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


def _is_page(said: str, text: bytes) -> bool:
    return text.startswith(_HTML_STARTS) or (said in _HTML and text.startswith(b"<"))


def _is_text(head: bytes) -> bool:
    """Tell whether bytes are text, of which the last character may be cut."""
    if _CONTROLS.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as exc:
        return exc.reason == "unexpected end of data"
    return True
