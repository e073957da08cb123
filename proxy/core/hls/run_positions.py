"""Where the playlists of a run list a name: a number that distinguishes its uses.

The number of a segment is its media sequence number. A part or a preload hint has the
number of its segment. An init section has the number of the last discontinuity that
uses it, because after a discontinuity the same name may mean another init section. If a
name is listed several times, the last time counts: a file that was overwritten contains
what was written last.
"""

import re
from typing import NamedTuple

from proxy.core.hls.attributes import scan
from proxy.core.hls.continuity import Version
from proxy.core.hls.encoder_runs import Run
from proxy.core.hls.window import Window
from proxy.core.kind import Kind

_TAGGED = re.compile(rb"[ \t]*+#(EXT[A-Z-]++)[ \t]*+:")
_MAP = b"EXT-X-MAP"
_HINT = b"EXT-X-PRELOAD-HINT"
_PARTS = frozenset({b"EXT-X-PART", _HINT})
_INITS = frozenset({_MAP, _HINT})
_PREFETCH = b"PREFETCH:"
_LISTED = frozenset({Kind.SEGMENT, Kind.PART})


class RunPosition(NamedTuple):
    """Where a run lists a name."""

    number: int
    listed: bool = True
    """Whether the last version still lists it."""
    hinted: bool = False
    """Whether only a preload hint announces it, so that it may not exist yet."""


def place_of(run: Run, name: bytes, kind: Kind) -> RunPosition | None:
    """Return where a run lists a name of this kind; None if that is not known."""
    if kind is Kind.MAP:
        number = _init_number(run.versions, name)
        return None if number is None else RunPosition(number)
    if kind not in _LISTED:
        return None
    last = run.last.window
    for version in reversed(run.versions):
        found = _number(version.window, name)
        if found is not None:
            number, hinted = found
            skipped = last.sequence <= number < last.first
            return RunPosition(number, skipped or version is run.last, hinted)
    if (number := run.left.get(name)) is not None:
        return RunPosition(number, listed=False)
    return None


def attribute_of(line: bytes, wanted: bytes = b"URI") -> bytes:
    """Return an attribute of a tag's line, without a fragment.

    Returns an empty value if the line lacks the attribute.
    """
    start = line.find(b":") + 1
    values = (a.value for a in scan(line, start) if a.name == wanted)
    return next(values, b"").partition(b"#")[0]


def last_init(window: Window, before: int) -> bytes | None:
    """Return the URI of the last init section before a position, or None."""
    at = before
    while (at := window.text.rfind(b"#" + _MAP, 0, at)) >= 0:
        line = _line_at(window, at)
        if _tag_of(line) == _MAP:
            return attribute_of(line)
    return None


def _number(window: Window, name: bytes) -> tuple[int, bool] | None:
    """Return the number of the last segment for which a name is listed.

    Also return whether only a preload hint lists it.
    """
    number = window.number_of(name)
    part = _attribute_line(window, name, _PARTS, after=window.parts_from)
    if part >= 0:
        of_part = window.number_at(part)
        if number is None or of_part > number:
            return of_part, _tag_of(_line_at(window, part)) == _HINT
    if number is None:
        number = _prefetched(window, name)
    return None if number is None else (number, False)


def _attribute_line(
    window: Window, name: bytes, tags: frozenset[bytes], after: int = -1
) -> int:
    """Return the position of the last line whose tag refers to a name, or -1.

    Only lines after the position `after` count.
    """
    text, at = window.text, len(window.text)
    while (at := text.rfind(b'"' + name, max(after, 0), at)) >= 0:
        end = at + 1 + len(name)
        if text[end : end + 1] in (b'"', b"#"):
            line = _line_at(window, at)
            if _tag_of(line) in tags and attribute_of(line) == name:
                return text.rfind(b"\n", 0, at) + 1
    return -1


def _prefetched(window: Window, name: bytes) -> int | None:
    """Return the future number of a segment that a PREFETCH tag announces, or None."""
    text = window.text
    found = text.rfind(_PREFETCH + name + b"\n")
    if found < 0:
        return None
    line = text.rfind(b"\n", 0, found) + 1
    number = window.number_at(line)
    start = window.line_of(number - 1) if number > window.first else 0
    return number + text.count(_PREFETCH, start, line)


def _init_number(versions: list[Version], name: bytes) -> int | None:
    """Return the number of the last discontinuity with this init section, or None."""
    windows = [version.window for version in versions]
    for at in reversed(range(len(windows))):
        line = _attribute_line(windows[at], name, _INITS)
        if line >= 0:
            return _last_discontinuity(windows[at:], line)
    return None


def _last_discontinuity(windows: list[Window], line: int) -> int:
    """Return the number of the last discontinuity that uses the init section at a line.

    The line is in the first window. The use of the init section may end in a later one.
    """
    number = windows[0].number_at(line)
    start = windows[0].text.find(b"\n", line)
    for window in windows:
        following = _next_init(window, start)
        if following >= 0:
            last = window.number_at(following) - 1
            for lists in reversed(windows):
                if max(number, lists.first) <= last < lists.end:
                    return lists.discontinuity_at(lists.line_of(last))
            return windows[0].discontinuity_at(line)
        start = 0
    return windows[-1].discontinuity_at(len(windows[-1].text))


def _next_init(window: Window, start: int) -> int:
    """Return the position of the next line with an init section, or -1."""
    at = start - 1
    while (at := window.text.find(b"#" + _MAP, at + 1)) >= 0:
        if _tag_of(_line_at(window, at)) == _MAP:
            return window.text.rfind(b"\n", 0, at) + 1
    return -1


def _line_at(window: Window, at: int) -> bytes:
    text = window.text
    return text[text.rfind(b"\n", 0, at) + 1 : text.find(b"\n", at)]


def _tag_of(line: bytes) -> bytes:
    found = _TAGGED.match(line)
    return found[1] if found else b""
