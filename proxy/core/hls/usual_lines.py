"""Runs of usual lines in a long playlist, which are rewritten together.

Most of a long playlist are titles, dates and plain references. Such lines need no
closer look one by one.
"""

import re
from typing import NamedTuple, Self

from proxy.core.hls.tags import DEFINE, VERBATIM
from proxy.core.http.uri import PLAIN_PATH, PLAIN_QUERY
from proxy.core.kind import Kind

# A URI line that needs no closer look: not a playlist, and resolved by appending it.
_PLAIN = PLAIN_PATH + rb"(?<!\.[Mm]3[Uu])(?<!\.[Mm]3[Uu]8)" + PLAIN_QUERY
# From lines with these tags, at most a duration is noted.
_SILENT = VERBATIM - {DEFINE, b"EXT-X-ENDLIST", b"EXT-X-SKIP", b"EXT-X-PART-INF"}
# Any byte except CR and LF; `[^\r\n]` takes twice as long.
_IN_LINE = rb"[\0-\t\v\f\x0e-\xff]"
# A silent line or a plain reference; the usual tags are tried first.
_USUAL = (b"EXTINF", b"EXT-X-PROGRAM-DATE-TIME", b"EXT-X-BYTERANGE")
_USUAL_LINES = rb"#(?:%b)(?::%b*+)?+|%b" % (
    b"|".join([*_USUAL, *sorted(_SILENT.difference(_USUAL))]),
    _IN_LINE,
    _PLAIN,
)
# A tag with one plain reference, and nothing else that needs a closer look. No value in
# it looks like an attribute.
_VALUE = rb"(?:\"[^\"\r\n={]*+\"|[^\"'\s={,]*+)"
_ATTRIBUTE = rb"(?!URI=)[A-Z0-9-]++=%b" % _VALUE
_OF_KEY = (
    rb"(?:METHOD=AES-128|IV=0[Xx][0-9A-Fa-f]++|KEYFORMAT=\"identity\""
    rb"|KEYFORMATVERSIONS=\"[0-9/]*+\")"
)
_URI = rb"URI=\"%b\"" % (PLAIN_PATH + PLAIN_QUERY)
_OF_RANGE = rb"(?!X-ASSET-LIST=|X-ASSET-URI=|X-URI=)[A-Z0-9-]++=%b" % _VALUE
_TAGGED = (
    rb"#EXT-X-(?:KEY:(?:%b,)*+%b(?:,%b)*+|(?:PART|MAP):(?:%b,)*+%b(?:,%b)*+"
    rb"|DATERANGE:(?:%b,)*+X-ASSET-LIST=\"%b\"(?:,%b)*+)"
) % (
    *(_OF_KEY, _URI, _OF_KEY),
    *(_ATTRIBUTE, _URI, _ATTRIBUTE),
    *(_OF_RANGE, PLAIN_PATH + PLAIN_QUERY, _OF_RANGE),
)
# A URI line that may become plain when its variables are expanded.
_VARIED = (
    rb"(?:[A-Za-z0-9_][A-Za-z0-9._~!$&'()*+,;=@%/?:-]*+)?+"
    rb"\{[A-Za-z0-9._~!$&'()*+,;=@%/?:{}-]*+"
)
_LINE = rb"(?:%b)" % _USUAL_LINES
# Only one level of alternatives: a second level adds a tenth to the time.
_MIXED_LINE = rb"(?:%b|%b|%b)" % (_USUAL_LINES, _TAGGED, _VARIED)


def _lines_of(line: bytes) -> re.Pattern[bytes]:
    """Return a pattern for such lines, all with the same line end."""
    return re.compile(rb"(?:%b\n)++|(?:%b\r\n)++" % (line, line))


QUIET, MIXED = _lines_of(_LINE), _lines_of(_MIXED_LINE)
"""Titles, dates and plain references; and also tags that hold a plain reference."""

ALL_PLAIN = re.compile(rb"%b(?:\n%b)*+" % (_PLAIN, _PLAIN))
"""Plain references, one per line."""

# The text between two segments, and the text before any reference of such lines.
_BETWEEN = {end: re.compile(rf"({end}(?:#.*+\n)*+)") for end in ("\n", "\r\n")}
_BEFORE = re.compile(
    r"(\n(?:#EXT-X-(?:(?:KEY|PART|MAP):(?:.*?,)??URI|DATERANGE:(?:.*?,)??X-ASSET-LIST)"
    r"=\"|(?=[^#\r\n])))([^\"\r\n]*+)"
)
_KINDS = {
    "": Kind.SEGMENT,
    "K": Kind.KEY,
    "P": Kind.PART,
    "M": Kind.MAP,
    "D": Kind.ASSET_LIST,
}
_AT_KIND = len("\n#EXT-X-")


class UsualLines(NamedTuple):
    """Usual lines, taken apart at their references."""

    end: str
    """The line end, which is put before the first line too."""
    parts: list[str]
    """The text and the references in turn."""
    places: slice
    """Which parts are references."""
    kinds: list[Kind]
    """The kinds of the references; empty if all are segments."""

    @classmethod
    def of(cls, lines: bytes) -> Self:
        """Take lines apart that `QUIET` or `MIXED` matched."""
        # A title may contain any bytes; in Latin-1 each byte is one character.
        end = "\r\n" if lines.endswith(b"\r\n") else "\n"
        text = end + lines.decode("latin-1")
        if '"' in text and ('URI="' in text or 'X-ASSET-LIST="' in text):
            parts = _BEFORE.split(text)
            kinds = [_KINDS[before[_AT_KIND:][:1]] for before in parts[1::3]]
            return cls(end, parts, slice(2, None, 3), kinds)
        return cls(end, _BETWEEN[end].split(text), slice(2, -1, 2), [])

    @property
    def segments(self) -> int:
        """How many of the references are segments."""
        kinds = self.kinds
        return kinds.count(Kind.SEGMENT) if kinds else len(self.parts[self.places])

    def with_references(self, local: list[str]) -> bytes:
        """Return the lines with other references."""
        self.parts[self.places] = local
        return "".join(self.parts)[len(self.end) :].encode("latin-1")
