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
from proxy.core.hls.usual_lines import ALL_PLAIN, MIXED, QUIET, UsualLines
from proxy.core.hls.variables import Variables
from proxy.core.http.percent_encoding import encode
from proxy.core.kind import Kind

_TAG = re.compile(rb"[ \t]*+#(EXT[A-Za-z0-9_-]*+)[ \t]*+(:?)")
_SECONDS = re.compile(rb"[ \t]*+([0-9]{1,9}(?:\.[0-9]++)?)")
_PART_TARGET = re.compile(rb"PART-TARGET=([0-9]{1,9}(?:\.[0-9]++)?)")
_DATA = re.compile(rb"data:", re.IGNORECASE)

_ABSOLUTE = ("http://", "https://")

_ENDLIST = b"EXT-X-ENDLIST"
_SKIP = b"EXT-X-SKIP"
_TARGET_DURATION = b"EXT-X-TARGETDURATION"
_PART_INF = b"EXT-X-PART-INF"
# Lines with these tags stay unchanged.
_STAYING = VERBATIM - {DEFINE}
_DURATION = re.compile(rb"\n#%b:(.*)" % _TARGET_DURATION)
_NOTHING = re.compile(rb"(?!)")
# Resources of these kinds refer to more resources.
_LISTINGS = frozenset({Kind.PLAYLIST, Kind.ASSET_LIST, Kind.STEERING})

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
        self._quiet = _NOTHING if none else QUIET
        self._mixed = _NOTHING if none else MIXED if many else QUIET
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

    def _run(self, lines: bytes) -> bytes | None:
        """Rewrite titles, dates and plain references: most of a long playlist.

        Return None if each line needs a closer look.
        """
        run = UsualLines.of(lines)
        written = run.parts[run.places]
        plain = self._expanded(written) if b"{" in lines else written
        if plain is None:
            return None
        if _TARGET_DURATION in lines:
            for value in _DURATION.findall(b"\n" + lines):
                self._note(_TARGET_DURATION, value)
        self.facts.segments += run.segments
        local = self._named(plain, run.kinds)
        return lines if local is written else run.with_references(local)

    def _expanded(self, written: list[str]) -> list[str] | None:
        """Return references without variables, None if some need a closer look."""
        text = "\n".join(written)
        if "{" not in text and "}" not in text:
            return written
        fits = ALL_PLAIN.fullmatch
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
