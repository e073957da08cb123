"""A playlist as players get it: every reference a local one, all other bytes the same.

Bytes in, bytes out, line by line. Nothing is parsed and written anew: measured on the
playlists of public test suites, a parser's round trip loses tags in almost a third.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from proxy.core.references import Finder, Name, Reference
from proxy.core.rewriter import Inline, Rewriter
from proxy.core.variables import Variables

__all__ = [
    "Document",
    "Inline",
    "Name",
    "Reference",
    "Rewritten",
    "is_multivariant",
    "is_playlist",
    "rewrite",
]

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

# The first of these tags tells what a playlist is: a segment's, or a listed playlist's.
_TELLING = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])[ \t]*+#(?:EXTINF:"
    rb"|(EXT-X-(?:STREAM-INF|MEDIA|I-FRAME-STREAM-INF|IMAGE-STREAM-INF):))"
)


@dataclass(frozen=True, slots=True)
class Document:
    """Where a playlist was read, and what its variables may draw on."""

    base: str
    """The final URL, after redirects, without token and fragment."""
    query: str | None = field(default=None, repr=False)
    """The raw query of the URL as it was sent; QUERYPARAM looks here."""
    imports: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables of the multivariant playlist, for IMPORT."""
    hidden: frozenset[str] = frozenset()
    """Names (lower case) of query parameters whose value no player may see."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A playlist as players get it, and what was seen in it on the way."""

    body: bytes = field(repr=False)
    multivariant: bool = False
    ended: bool = False
    """It will not change any more (EXT-X-ENDLIST)."""
    partial: bool = False
    """It is a delta update (EXT-X-SKIP)."""
    target_duration: float | None = None
    """In seconds."""
    segments: int = 0
    """How many URI lines it has."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables it defines, for its media playlists to import."""
    drm: bool = False
    """Some of it opens only with a DRM system."""
    unread: int = 0
    """How many references were left as they are since nothing understands them."""


def is_playlist(head: bytes) -> bool:
    """Tell whether a body that begins so is a playlist (RFC 8216bis, section 4.1)."""
    return head.removeprefix(_BOM).lstrip().startswith(b"#EXTM3U")


def is_multivariant(body: bytes) -> bool:
    """Tell whether it lists playlists, by the first tag that only one sort has."""
    match = _TELLING.search(body)
    return match is not None and match[1] is not None


def rewrite(
    body: bytes, document: Document, name: Name, *, steering: Inline | None = None
) -> Rewritten:
    """Put local references in the place of all that are understood. Never raises.

    Lines, their order and their ends stay, and so do references that nothing
    understands: one bad line must not cost the rest.
    """
    if body.startswith(_UTF_16):
        return Rewritten(body)
    text = body.removeprefix(_BOM)
    multivariant = is_multivariant(body)
    variables = Variables(document.query, document.imports, document.hidden)
    finder = Finder(document.base, variables)
    rewriter = Rewriter(finder, variables, name, steering, multivariant=multivariant)
    lines = rewriter.lines(text.splitlines())
    facts = rewriter.facts
    return Rewritten(
        body[: len(body) - len(text)] + _join(lines, like=text),
        multivariant=multivariant,
        ended=facts.ended,
        partial=facts.partial,
        target_duration=facts.target_duration,
        segments=facts.segments,
        variables=variables.as_text(),
        drm=facts.drm,
        unread=finder.unread,
    )


def _join(lines: list[bytes], *, like: bytes) -> bytes:
    """Join lines by the terminators of the text that they come from."""
    if end := _common_end(like):
        return end.join(lines) + (end if like.endswith(end) else b"")
    before = like.splitlines(keepends=True)
    ends = (line[len(line.rstrip(b"\r\n")) :] for line in before)
    return b"".join(chain.from_iterable(zip(lines, ends, strict=True)))


def _common_end(text: bytes) -> bytes | None:
    """Return the terminator that all lines have, `None` if there are several."""
    returns, feeds, both = map(text.count, (b"\r", b"\n", b"\r\n"))
    if not returns:
        return b"\n"
    return b"\r\n" if returns == feeds == both else None
