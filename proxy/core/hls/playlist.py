"""A playlist as players get it: all references local, all other bytes unchanged.

Bytes in, bytes out, line by line. The playlist is not parsed and serialised again:
measured on the playlists of public test suites, a parser's round trip loses tags in
almost a third.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import MappingProxyType

from proxy.core.hls.blocks import pieces
from proxy.core.hls.facts import Facts, whole
from proxy.core.hls.references import Finder, GiveName, GiveNames, Reference
from proxy.core.hls.rewriter import Inline, Rewriter
from proxy.core.hls.variables import Variables
from proxy.core.http.uri import Resolver

__all__ = [
    "Document",
    "Facts",
    "GiveName",
    "GiveNames",
    "Inline",
    "Pass",
    "Reference",
    "Rewritten",
    "depends_on_others",
    "is_multivariant",
    "is_playlist",
    "listings",
    "rewrite",
    "unmarked",
]

NO_VARIABLES: Mapping[str, str] = MappingProxyType({})

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

# The first of these tags shows whether a playlist lists segments or playlists.
_SEGMENT = b"#EXTINF:"
_LISTED = (
    b"#EXT-X-STREAM-INF:",
    b"#EXT-X-MEDIA:",
    b"#EXT-X-I-FRAME-STREAM-INF:",
    b"#EXT-X-IMAGE-STREAM-INF:",
)


@dataclass(frozen=True, slots=True)
class Document:
    """Where a playlist was read, and the sources of its variables."""

    base: str
    """The final URL, after redirects, without token and fragment."""
    query: str | None = field(default=None, repr=False)
    """The raw query of the URL as it was sent; used by QUERYPARAM."""
    imports: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The variables of the multivariant playlist, for IMPORT."""
    hidden: frozenset[str] = frozenset()
    """Names (lower case) of query parameters whose values no player may see."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A playlist as players get it, and the facts found in it."""

    body: bytes = field(repr=False)
    multivariant: bool = False
    _: KW_ONLY
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
    """Whether some of it can only be decrypted by a DRM system."""
    unread: int = 0
    """How many references were left unchanged because they were not understood."""
    part_target: float | None = None
    """The target duration of its parts, in seconds, if it has any."""

    @classmethod
    def of(
        cls,
        body: bytes,
        facts: Facts,
        *,
        multivariant: bool = False,
        variables: Mapping[str, str] = NO_VARIABLES,
    ) -> "Rewritten":
        """Return a rewritten playlist with these facts."""
        return cls(
            body,
            multivariant,
            ended=facts.ended,
            partial=facts.partial,
            target_duration=facts.target_duration,
            segments=facts.segments,
            variables=variables,
            drm=facts.drm,
            unread=facts.unread,
            part_target=facts.part_target,
        )


def is_playlist(head: bytes) -> bool:
    """Return whether a body with this beginning is a playlist.

    RFC 8216bis, section 4.1.
    """
    return head.removeprefix(_BOM).lstrip().startswith(b"#EXTM3U")


def is_multivariant(body: bytes) -> bool:
    """Return whether the body lists playlists.

    The first tag that only occurs in one of the two sorts decides.
    """
    end = _first(body, _SEGMENT, len(body))
    return any(_first(body, tag, end) < end for tag in _LISTED)


def listings(body: bytes) -> int:
    """Return how many playlists a multivariant playlist lists, at most."""
    return sum(body.count(tag) for tag in _LISTED)


def _first(body: bytes, tag: bytes, end: int) -> int:
    """Return the position of the first line with the tag, or `end`.

    This is not a regular expression: for a megabyte without such a tag, that takes 20
    ms in which no other thread runs.
    """
    at = body.find(tag, 0, end)
    while at > 0 and not _begins_line(body, at):
        at = body.find(tag, at + 1, end)
    return end if at < 0 else at


def _begins_line(body: bytes, at: int) -> bool:
    while body[at - 1 : at] in (b" ", b"\t"):
        at -= 1
    marked = at == len(_BOM) and body.startswith(_BOM)
    return marked or body[at - 1 : at] in (b"", b"\r", b"\n")


class Pass:
    """One pass over a playlist, block by block, from its beginning to its end.

    `resolver` is a resolver for the document's base, if there already is one.
    """

    def __init__(
        self,
        document: Document,
        name: GiveName,
        *,
        multivariant: bool,
        many: GiveNames | None = None,
        steering: Inline | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        self._variables = Variables(document.query, document.imports, document.hidden)
        self._finder = Finder(resolver or Resolver(document.base), self._variables)
        self._rewriter = Rewriter(
            self._finder,
            self._variables,
            name,
            steering,
            multivariant=multivariant,
            many=many,
        )

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables that are defined so far."""
        return self._variables.as_text()

    def block(self, text: bytes) -> tuple[bytes, Facts]:
        """Return whole lines as players get them, and the facts found in them."""
        facts = self._rewriter.facts = Facts()
        self._finder.unread = 0
        local = self._rewriter.text(text)
        facts.unread = self._finder.unread
        return local, facts


def depends_on_others(block: bytes) -> bool:
    """Return whether other lines may affect these: they use or define variables."""
    # Searching for one byte is ten times as fast as searching for two.
    return (b"{" in block and b"{$" in block) or b"EXT-X-DEFINE" in block


def rewrite(
    body: bytes, document: Document, name: GiveName, *, steering: Inline | None = None
) -> Rewritten:
    """Replace all references that are understood with local ones. Never raises.

    Lines, their order and their line ends stay the same. References that are not
    understood stay too: one bad line must not break the others.
    """
    mark, text = unmarked(body)
    multivariant = is_multivariant(body)
    one = Pass(document, name, multivariant=multivariant, steering=steering)
    blocks = [one.block(piece.text) for piece in pieces(text, ())]
    return Rewritten.of(
        mark + b"".join([local for local, _ in blocks]),
        whole(facts for _, facts in blocks),
        multivariant=multivariant,
        variables=one.variables,
    )


def unmarked(body: bytes) -> tuple[bytes, bytes]:
    """Return the byte order mark, and the lines; UTF-16 is returned as a mark only."""
    if body.startswith(_UTF_16):
        return body, b""
    text = body.removeprefix(_BOM)
    return body[: len(body) - len(text)], text
