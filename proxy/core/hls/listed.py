"""Lists all resources of a local playlist in order, to fetch or drop all of them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from proxy.core.hls.attributes import scan
from proxy.core.kind import Kind

_LINE = re.compile(rb"[^\r\n]+")
_TAG = re.compile(rb"#(EXT[A-Z0-9-]*+):?")
_RANGE = re.compile(rb"\s*+([0-9]{1,18})(?:@([0-9]{1,18}))?")
_NOT_ENCRYPTED = b"NONE"
_GROUPS = ("AUDIO", "SUBTITLES", "VIDEO")


class ListedResource(NamedTuple):
    """A resource, or the part of it that a playlist uses."""

    kind: Kind
    reference: str
    """As the playlist writes it."""
    start: int = 0
    """The first byte."""
    end: int | None = None
    """The position after the last byte; None if the whole resource is used."""


class ListedRendition(NamedTuple):
    """A media playlist that a multivariant playlist lists."""

    reference: str
    """As the playlist writes it."""
    group: tuple[str, str] = ("", "")
    """The type and id of its group; empty for a variant."""
    uses: frozenset[tuple[str, str]] = frozenset()
    """The groups that a variant is played with."""


def renditions(body: bytes) -> tuple[ListedRendition, ...]:
    """Return all renditions; those without a playlist of their own are left out."""
    return tuple(dict.fromkeys(_renditions(body)))


def _renditions(body: bytes) -> Iterator[ListedRendition]:
    uses: frozenset[tuple[str, str]] | None = None
    for match in _LINE.finditer(body):
        line = match[0].strip()
        tag = _TAG.match(line)
        if tag is None:
            if uses is not None and line and not line.startswith(b"#"):
                yield ListedRendition(line.decode("latin-1"), uses=uses)
                uses = None
            continue
        said = {
            one.name.decode("latin-1"): one.value.decode("latin-1")
            for one in scan(line, tag.end())
        }
        if tag[1] == b"EXT-X-STREAM-INF":
            uses = frozenset((kind, said[kind]) for kind in _GROUPS if kind in said)
        elif tag[1] == b"EXT-X-MEDIA" and "URI" in said:
            group = said.get("TYPE", ""), said.get("GROUP-ID", "")
            yield ListedRendition(said["URI"], group)


def listed(body: bytes) -> Iterator[ListedResource]:
    """Yield init sections, keys and segments, each once; gaps are left out."""
    seen = set[ListedResource]()
    for one in _listed(body):
        if one not in seen:
            seen.add(one)
            yield one


def _listed(body: bytes) -> Iterator[ListedResource]:
    span: tuple[int, int | None] | None = None
    gap, ends = False, dict[str, int]()
    for match in _LINE.finditer(body):
        line = match[0].strip()
        tag = _TAG.match(line)
        if tag is None:
            if line and not line.startswith(b"#"):
                reference = line.decode("latin-1")
                if not gap:
                    yield _segment(reference, span, ends)
                gap, span = False, None
            continue
        match tag[1]:
            case b"EXT-X-GAP":
                gap = True
            case b"EXT-X-BYTERANGE":
                span = _span(line[tag.end() :])
            case b"EXT-X-MAP":
                yield from _of_attributes(Kind.MAP, line, tag.end())
            case b"EXT-X-KEY":
                yield from _of_attributes(Kind.KEY, line, tag.end())


def _segment(
    reference: str, span: tuple[int, int | None] | None, ends: dict[str, int]
) -> ListedResource:
    """Return a segment; a range without a start follows the one before it."""
    if span is None:
        return ListedResource(Kind.SEGMENT, reference)
    length, start = span
    start = ends.get(reference, 0) if start is None else start
    ends[reference] = start + length
    return ListedResource(Kind.SEGMENT, reference, start, start + length)


def _of_attributes(kind: Kind, line: bytes, start: int) -> Iterator[ListedResource]:
    said = {one.name: one.value for one in scan(line, start)}
    reference = said.get(b"URI", b"").decode("latin-1").partition("#")[0]
    if not reference or said.get(b"METHOD") == _NOT_ENCRYPTED:
        return
    span = _span(said.get(b"BYTERANGE", b""))
    if span is None:
        yield ListedResource(kind, reference)
    else:
        length, begin = span
        yield ListedResource(kind, reference, begin or 0, (begin or 0) + length)


def _span(text: bytes) -> tuple[int, int | None] | None:
    found = _RANGE.match(text)
    if found is None:
        return None
    return int(found[1]), None if found[2] is None else int(found[2])
