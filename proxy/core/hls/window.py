"""One version of a media playlist as players get it: finds its segments by number.

A long playlist has 3 MB and 40,000 segments, and a new version arrives every few
seconds. So the code here does not go through all lines. It finds positions by
searching, and counts segments from the nearest position whose number is known.
"""

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SEGMENT = re.compile(rb"\n[ \t]*+[^#\n]")
"""The beginning of a URI line, with the line feed before it."""
_NAME = re.compile(rb"\n([ \t]*+[^#\n][^#\n]*+)")
"""A URI line without its fragment."""
_TAG = re.compile(
    rb"^[ \t]*+#(?:EXT-X-)?([A-Z-]++)[ \t]*+(?::[ \t]*+([^\n]*))?$", re.MULTILINE
)
_SEQUENCE = re.compile(rb"\n[ \t]*+#EXT-X-MEDIA-SEQUENCE[ \t]*+:[ \t]*+([0-9]{1,20})")
_DISCONTINUITY_SEQUENCE = re.compile(
    rb"\n[ \t]*+#EXT-X-DISCONTINUITY-SEQUENCE[ \t]*+:[ \t]*+([0-9]{1,20})"
)
_SKIP = re.compile(rb"\n[ \t]*+#EXT-X-SKIP[ \t]*+:([^\n]*)")
_SKIPPED = re.compile(rb"SKIPPED-SEGMENTS[ \t]*+=[ \t]*+([0-9]{1,10})")
_DURATION = re.compile(rb"\n[ \t]*+#EXTINF[ \t]*+:[ \t]*+([0-9]{1,9}(?:\.[0-9]{1,9})?)")
_MARK = b"#EXT-X-DISCONTINUITY"
_DISCONTINUITY = re.compile(rb"#EXT-X-DISCONTINUITY[ \t]*+(?=\n)")
_PART = re.compile(
    rb"^[ \t]*+#EXT-X-(?:PART:[^\n]*+|DISCONTINUITY[ \t]*+)$", re.MULTILINE
)
_PART_OR_HINT = re.compile(rb"#EXT-X-P(?:ART[ \t]*+:|RELOAD-HINT)")
# A backward search starts with this many bytes per segment, and doubles the number.
_STEP_BYTES = 128
# Building an index takes about as long as searching the whole text this many times.
_INDEX_SEARCHES = 16
# How many positions with known numbers are remembered.
_MOST_MARKS = 1000
_MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class Segment:
    """What a playlist says about one segment."""

    name: bytes
    """Its URI, as the playlist writes it."""
    tags: dict[bytes, list[bytes]]
    """The values of its tags, by name without `EXT-X-`. The first segment also has the
    tags of the playlist."""


class Window:
    """The segments that one version of a media playlist lists.

    `body` is the local playlist. `segments` is the number of its URI lines. The segment
    in the making follows the last listed one: only parts of it may be listed.
    """

    def __init__(self, body: bytes, segments: int) -> None:
        self.text = _plain(body)
        """The playlist with LF as the only line end, also after the last line."""
        found = _SEGMENT.search(self.text)
        head = len(self.text) if found is None else found.end()
        sequence = _SEQUENCE.search(self.text, 0, head)
        self.sequence = int(sequence[1]) if sequence else 0
        """The media sequence number; 0 if the playlist has none."""
        self.is_numbered = sequence is not None
        self.first = self.sequence + self._skipped(head)
        """The number of the first listed segment."""
        self.end = self.first + segments
        """The number of the segment in the making, one more than that of the last."""
        base = _DISCONTINUITY_SEQUENCE.search(self.text, 0, head)
        self.discontinuities = int(base[1]) if base else 0
        """The number of the discontinuity before the first listed segment."""
        # Where the first discontinuity may be; None if it was not searched for yet.
        self._joined: int | None = None
        self._lines: dict[int, int] = {}
        self._searched_bytes = 0
        self._numbers: dict[bytes, int] | None = None
        self._parts_from: int | None = None
        self._marks = [(0, self.first), (len(self.text), self.end)]

    def _skipped(self, head: int) -> int:
        skip = _SKIP.search(self.text, 0, head)
        skipped = _SKIPPED.search(skip[1]) if skip else None
        return int(skipped[1]) if skipped else 0

    def number_at(self, line: int) -> int:
        """Return the number of the segment to which the line at a position belongs.

        A line after the last segment belongs to the segment in the making.
        """
        at = bisect(self._marks, (line, -1))
        if at < len(self._marks) and self._marks[at][0] == line:
            return self._marks[at][1]
        (before, lower), (after, upper) = self._marks[at - 1], self._marks[at]
        if line - before <= after - line:
            number = lower + self._count(before, line)
        else:
            number = upper - self._count(line, after)
        self._mark(line, number)
        return number

    def number_of(self, name: bytes) -> int | None:
        """Return the number of the last segment with this name as its URI, or None.

        Names are searched for from the end. When the searches have cost as much as an
        index, an index is built.
        """
        if self._numbers is not None:
            return self._numbers.get(name)
        if self._searched_bytes > _INDEX_SEARCHES * len(self.text):
            names = _NAME.findall(self.text)
            self._numbers = dict(zip(names, range(self.first, self.end), strict=False))
            return self._numbers.get(name)
        line = self._last_line(name)
        self._searched_bytes += len(self.text) - max(line, 0)
        return None if line < 0 else self.number_at(line)

    @property
    def parts_from(self) -> int:
        """The position of the first part or preload hint, or the end of the text."""
        if self._parts_from is None:
            found = _PART_OR_HINT.search(self.text)
            self._parts_from = found.start() if found else len(self.text)
        return self._parts_from

    def line_of(self, number: int) -> int:
        """Return the position of the URI line of a listed segment."""
        line = self._lines.get(number)
        if line is None:
            if len(self._lines) >= _MOST_LINES:
                self._lines.clear()
            line = self._lines[number] = self._line_of(number)
        return line

    def _last_line(self, name: bytes) -> int:
        """Return the position of the last URI line with a name, or -1."""
        text, at = self.text, len(self.text)
        while (found := text.rfind(b"\n" + name, 0, at)) >= 0:
            at = found + len(name)
            if text[at + 1 : at + 2] in (b"\n", b"#"):
                return found + 1
        return -1

    def _line_of(self, number: int) -> int:
        # Count from the nearest mark: players request one segment after the other.
        at = bisect(self._marks, number, key=_number_of)
        at = min(at, len(self._marks) - 1)
        (before, lower), (after, upper) = self._marks[at - 1], self._marks[at]
        if number - lower > upper - number:
            line = self._before(after, upper - number)
        else:
            uris = _SEGMENT.finditer(self.text, max(before - 1, 0))
            line = next(islice(uris, number - lower, None)).start() + 1
        self._mark(line, number)
        return line

    def _mark(self, line: int, number: int) -> None:
        at = bisect(self._marks, (line, -1))
        if self._marks[at][0] == line:
            return
        self._marks.insert(at, (line, number))
        if len(self._marks) > _MOST_MARKS:
            del self._marks[1:-1:2]  # some stay everywhere

    def segment(self, number: int) -> Segment:
        """Return a listed segment with its tags."""
        begin, line = self._block(number)
        end = self.text.find(b"\n", line)
        tags: dict[bytes, list[bytes]] = {}
        for name, value in _TAG.findall(self.text, begin, line):
            tags.setdefault(name, []).append(value.rstrip(b" \t"))
        return Segment(self.text[line:end].strip(b" \t"), tags)

    def parts(self, number: int) -> list[bytes]:
        """Return the lines of a segment that are parts or discontinuities.

        It may be the segment in the making.
        """
        return _PART.findall(self.text, *self._block(number))

    def repeats(self, name: bytes) -> bool:
        """Return whether the playlist lists a segment's name more than once."""
        return self.text.count(b"\n%b\n" % name) > 1

    def durations(self, first: int, end: int) -> list[float]:
        """Return the durations of the segments from `first` up to `end`, in seconds.

        `end` is not included. Segments without a duration are left out.
        """
        if first >= end:
            return []
        begin = 0
        if first > self.first:
            begin = self.line_of(first - 1)
        found = _DURATION.findall(self.text, begin, self.line_of(end - 1))
        return list(map(float, found))

    def discontinuity_at(self, line: int) -> int:
        """Return the discontinuity number that applies to the line at a position."""
        if self._joined is None:
            self._joined = self.text.find(_MARK)
        if not 0 <= self._joined < line:
            return self.discontinuities
        found = _DISCONTINUITY.findall(self.text, max(self._joined - 1, 0), line)
        return self.discontinuities + len(found)

    def lines(self, position: int) -> Iterator[bytes]:
        """Yield the lines from a position on."""
        while position < len(self.text):
            end = self.text.index(b"\n", position)
            yield self.text[position:end]
            position = end + 1

    def _block(self, number: int) -> tuple[int, int]:
        """Return the positions of the first line and the URI line of a segment.

        For the segment in the making, the second one is the end of the text.
        """
        making = number == self.end
        line = len(self.text) if making else self.line_of(number)
        begin = 0
        if number > self.first:
            before = self.line_of(number - 1) if making else self._before(line, 1)
            begin = self.text.find(b"\n", before) + 1
        return begin, line

    def _count(self, start: int, end: int) -> int:
        """Return how many URI lines begin between two lines."""
        return len(_SEGMENT.findall(self.text, max(start - 1, 0), end))

    def _before(self, line: int, back: int) -> int:
        """Return the position of the URI line `back` URI lines before `line`."""
        size = _STEP_BYTES * back
        while True:
            start = max(line - size, 0)
            found = [m.start() + 1 for m in _SEGMENT.finditer(self.text, start, line)]
            if len(found) >= back or not start:
                return found[-back]
            size *= 2


def _number_of(mark: tuple[int, int]) -> int:
    return mark[1]


def _plain(body: bytes) -> bytes:
    if body.startswith(_UTF_16):
        return b"\n"  # players cannot read UTF-16 either
    text = body.removeprefix(_BOM)
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not text.startswith(b"#"):
        text = b"\n" + text
    return text if text.endswith(b"\n") else text + b"\n"
