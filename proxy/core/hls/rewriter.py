"""One pass over the lines of a playlist: each line as the player gets it."""

import re
from collections.abc import Callable, Iterator, Mapping

from proxy.core.hls.attributes import (
    NO_ATTRIBUTES,
    Attribute,
    LineEdit,
    as_text,
    scan,
    splice,
)
from proxy.core.hls.facts import Facts
from proxy.core.hls.references import (
    BLANKS,
    Finder,
    GiveName,
    GiveNames,
    Reference,
    Understood,
)
from proxy.core.hls.tags import (
    BARE,
    DEFINE,
    KEYS,
    STREAM_INF,
    VERBATIM,
    Carrier,
    UriForm,
    carriers,
    is_drm,
)
from proxy.core.hls.variables import Variables
from proxy.core.http.uri import PLAIN_PATH, PLAIN_QUERY, encode
from proxy.core.kind import Kind

_TAG = re.compile(rb"[ \t]*+#(EXT[A-Za-z0-9_-]*+)[ \t]*+(:?)")
_SECONDS = re.compile(rb"[ \t]*+([0-9]{1,9}(?:\.[0-9]++)?)")
_PART_TARGET = re.compile(rb"PART-TARGET=([0-9]{1,9}(?:\.[0-9]++)?)")
_DATA = re.compile(rb"data:", re.IGNORECASE)

# A URI line that needs no closer look: not a playlist, and resolved by appending it.
_PLAIN = PLAIN_PATH + rb"(?<!\.[Mm]3[Uu])(?<!\.[Mm]3[Uu]8)" + PLAIN_QUERY
_ABSOLUTE = ("http://", "https://")

_ENDLIST = b"EXT-X-ENDLIST"
_SKIP = b"EXT-X-SKIP"
_TARGET_DURATION = b"EXT-X-TARGETDURATION"
_PART_INF = b"EXT-X-PART-INF"
# Lines with these tags stay unchanged. From the silent ones, at most a duration is
# noted.
_STAYING = VERBATIM - {DEFINE}
_SILENT = _STAYING - {_ENDLIST, _SKIP, _PART_INF}
_DURATION = re.compile(rf"\n#{_TARGET_DURATION.decode()}:(.*)")
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


_QUIET, _MIXED = _lines_of(_LINE), _lines_of(_MIXED_LINE)
_NOTHING = re.compile(rb"(?!)")
_ALL_PLAIN = re.compile(rb"%b(?:\n%b)*+" % (_PLAIN, _PLAIN))
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
# Resources of these kinds refer to more resources.
_LISTINGS = frozenset({Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING})
_AT_KIND = len("\n#EXT-X-")

Inline = Callable[[str], str | None]
"""Returns the local form of a steering manifest in a data: URL; `None` leaves it
unchanged."""


class Rewriter:
    """The state of one pass: what earlier lines say about later ones."""

    def __init__(
        self,
        finder: Finder,
        variables: Variables,
        name: GiveName,
        steering: Inline | None,
        *,
        multivariant: bool,
        many: GiveNames | None = None,
    ) -> None:
        self.facts = Facts()
        self._finder = finder
        self._variables = variables
        self._name = name
        self._steering = steering
        self._multivariant = multivariant
        self._many = many
        none = multivariant or not finder.directory
        self._quiet = _NOTHING if none else _QUIET
        self._mixed = _NOTHING if none else _MIXED if many else _QUIET
        self._variant: Mapping[str, str] | None = None
        self._listed = False

    def text(self, text: bytes) -> bytes:
        """Rewrite whole lines; their line ends stay."""
        written: list[bytes] = []
        # The usual pattern is faster. Searching for one byte is ten times as fast as
        # searching for two.
        mixed = b'"' in text or b"{" in text
        is_quiet = (self._mixed if mixed else self._quiet).match
        at = 0
        while at < len(text):
            if run := is_quiet(text, at):
                local = self._run(run[0])
                written += self._lines(run[0]) if local is None else [local]
                at = run.end()
            else:
                end = text.find(b"\n", at) + 1 or len(text)
                written += self._lines(text[at:end])
                at = end
        return b"".join(written)

    def _lines(self, text: bytes) -> Iterator[bytes]:
        return map(self._ended_line, text.splitlines(keepends=True))

    def _run(self, run: bytes) -> bytes | None:
        """Rewrite titles, dates and plain references: most of a long playlist.

        Return None if each line needs a closer look.
        """
        # A title may contain any bytes; in Latin-1 each byte is one character.
        end = "\r\n" if run.endswith(b"\r\n") else "\n"
        text = end + run.decode("latin-1")
        mixed = '"' in text and ('URI="' in text or 'X-ASSET-LIST="' in text)
        parts = (_BEFORE if mixed else _BETWEEN[end]).split(text)
        places = slice(2, None, 3) if mixed else slice(2, -1, 2)
        written = parts[places]
        kinds: list[Kind] = []
        if mixed:
            kinds = [_KINDS[before[_AT_KIND:][:1]] for before in parts[1::3]]
        plain = self._expanded(written) if "{" in text else written
        if plain is None:
            return None
        for value in _DURATION.findall(text):
            self._note(_TARGET_DURATION, value.encode("latin-1"))
        self.facts.segments += kinds.count(Kind.SEGMENT) if mixed else len(written)
        local = self._named(plain, kinds)
        if local is written:
            return run
        parts[places] = local
        return "".join(parts)[len(end) :].encode("latin-1")

    def _expanded(self, written: list[str]) -> list[str] | None:
        """Return references without variables, None if some need a closer look."""
        text = "\n".join(written)
        if "{" not in text and "}" not in text:
            return written
        fits = _ALL_PLAIN.fullmatch
        expanded = self._variables.expand_all(text.encode("latin-1"), fits)
        return None if expanded is None else expanded.decode("latin-1").split("\n")

    def _named(self, written: list[str], kinds: list[Kind]) -> list[str]:
        """Return local references; without `kinds` all are segments."""
        if not written or self._many is None:
            return self._one_by_one(written) if written else written
        if not kinds:
            return self._many(Kind.SEGMENT, written)
        same: dict[Kind, list[str]] = {}
        for kind, text in zip(kinds, written, strict=True):
            same.setdefault(kind, []).append(text)
        local = {kind: iter(self._many(kind, texts)) for kind, texts in same.items()}
        return [next(local[kind]) for kind in kinds]

    def _ended_line(self, line: bytes) -> bytes:
        bare = line.rstrip(b"\r\n")
        return self._line(bare) + line[len(bare) :]

    def _one_by_one(self, written: list[str]) -> list[str]:
        """Name plain segments one by one, without the fast path for many."""
        name, directory = self._name, self._finder.directory
        return [
            name(
                Reference(
                    text if text.startswith(_ABSOLUTE) else directory + text,
                    Kind.SEGMENT,
                    attributes=NO_ATTRIBUTES,
                    written=text,
                )
            )
            or text
            for text in written
        ]

    def _line(self, line: bytes) -> bytes:
        if match := _TAG.match(line):
            return self._tag(line, match)
        if line.lstrip(BLANKS)[:1] in {b"", b"#"}:
            return line
        return self._uri_line(line)

    def _uri_line(self, line: bytes) -> bytes:
        self.facts.segments += 1
        variant, self._variant = self._variant, None
        listed, self._listed = self._multivariant or self._listed, False
        found = self._finder.find(line, listing=listed)
        if found is None:
            return line
        is_playlist = self._multivariant or found.is_playlist
        reference = Reference(
            found.url,
            Kind.PLAYLIST if is_playlist else Kind.SEGMENT,
            "" if variant is None else STREAM_INF.decode(),
            variant or NO_ATTRIBUTES,
            written=found.written,
            censored=found.censored,
        )
        return self._local(reference, found.fragment) or line

    def _tag(self, line: bytes, match: re.Match[bytes]) -> bytes:
        tag, start = match[1], match.end()
        self._note(tag, line[start:])
        if not match[2] or tag in _STAYING:
            return line
        if kind := BARE.get(tag):
            return self._bare_value(line, start, tag, kind)
        attributes = list(scan(line, start))
        if tag == DEFINE:
            return splice(line, self._variables.define(attributes))
        read = self._censored(attributes) if b"{$" in line else attributes
        return splice(line, self._edits(tag, attributes, as_text(read)))

    def _note(self, tag: bytes, value: bytes) -> None:
        if tag == _ENDLIST:
            self.facts.ended = True
        elif tag == _SKIP:
            self.facts.partial = True
        elif tag == _TARGET_DURATION and (match := _SECONDS.match(value)):
            self.facts.target_duration = float(match[1])
        elif tag == _PART_INF and (match := _PART_TARGET.search(value)):
            self.facts.part_target = float(match[1])

    def _bare_value(self, line: bytes, start: int, tag: bytes, kind: Kind) -> bytes:
        value = line[start:].strip(BLANKS)
        found = self._finder.find(value, listing=False)
        if found is None:
            return line
        reference = Reference(
            found.url,
            kind,
            tag.decode(),
            written=found.written,
            censored=found.censored,
        )
        local = self._local(reference, found.fragment)
        at = line.index(value, start)
        return line if local is None else line[:at] + local + line[at + len(value) :]

    def _edits(
        self, tag: bytes, attributes: list[Attribute], texts: Mapping[str, str]
    ) -> list[LineEdit]:
        if tag == STREAM_INF:
            # FFmpeg expects a playlist after this tag, even in a media playlist.
            self._listed = True
            self._variant = texts if self._multivariant else None
        elif tag in KEYS and is_drm(texts):
            self.facts.drm = True
        table = carriers(tag, texts)
        edits = []
        for attribute in attributes:
            if carrier := table.get(attribute.name):
                local = self._value(tag, texts, carrier, attribute.value)
                if local is not None:
                    edits.append(LineEdit(*attribute.span, b'"%b"' % local))
        return edits

    def _censored(self, attributes: list[Attribute]) -> Iterator[Attribute]:
        """Yield attributes as players see them, without hidden values."""
        for attribute in attributes:
            value = self._variables.censored(attribute.value)
            yield attribute if value is None else attribute._replace(value=value)

    def _value(
        self, tag: bytes, texts: Mapping[str, str], carrier: Carrier, value: bytes
    ) -> bytes | None:
        """Return the local form of an attribute's value, `None` to keep it."""
        if carrier.kind is Kind.STEERING and self._steering:
            data = self._variables.expand(value)
            if data is not None and _DATA.match(data):
                manifest = self._steering(encode(data))
                return None if manifest is None else manifest.encode()
        found = self._finder.find(value, listing=carrier.kind in _LISTINGS)
        if found is None:
            return None
        reference = Reference(
            found.url,
            carrier.kind,
            tag.decode(),
            texts,
            _is_absolute(carrier.form, found),
            found.written,
            found.censored,
        )
        return self._local(reference, found.fragment)

    def _local(self, reference: Reference, fragment: str) -> bytes | None:
        local = self._name(reference)
        return None if local is None else (local + fragment).encode()


def _is_absolute(form: UriForm, found: Understood) -> bool:
    if form is UriForm.AS_WRITTEN:
        return found.is_absolute
    return form is UriForm.ABSOLUTE
