"""Whether a version of a media playlist continues an earlier one.

When an encoder restarts, it counts from 0 again and reuses the same file names. The
names then mean other content, and the playlist need not say so. An uninterrupted period
of an encoder is a *run*. Within a run, numbers do not go back, a listed segment does
not change, and new segments appear as fast as they play. If one of these conditions is
not met, a new run begins. A false alarm only means that resources are fetched again.

The pace decides if the text alone does not show a restart. A restarted encoder has to
produce everything in the playlist again, and that takes as long as it plays. So if less
time has passed since the earlier version, the encoder did not restart.
"""

from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import NamedTuple

from proxy.core.hls.window import Segment, Window

# A live playlist grows once per target duration, but not always on time. Caches between
# us and the origin add some delay.
_LATE_TARGETS = 1.5
# A restarted encoder may be slightly ahead, because it gets its input in a burst.
_SURE_SHARE = 0.75
# Servers behind one name are not always equally up to date.
_MOST_LOST = 1
# Encoders add up rounded segment durations, so dates differ slightly.
_CLOSE_SECONDS = 0.5
_EQUAL = (b"BYTERANGE", b"DISCONTINUITY")
_EQUAL_IF_SAID = (b"KEY", b"MAP")
_DATE = b"PROGRAM-DATE-TIME"


class Moment(NamedTuple):
    """When a playlist was loaded, by both clocks.

    The monotonic clock pauses during suspend. The wall clock may be set back.
    """

    mono: float
    wall: float

    def since(self, earlier: "Moment") -> float:
        """Return how many seconds have passed at most, by either clock."""
        return max(self.mono - earlier.mono, self.wall - earlier.wall)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a media playlist, and how it was loaded."""

    window: Window
    at: Moment
    """When it was up to date."""
    _: KW_ONLY
    target_seconds: float
    ended: bool = False
    """Whether nothing follows (EXT-X-ENDLIST)."""
    partial: bool = False
    """Whether it is a delta update."""
    source: str = ""
    """Identifies its upstream URL. With another source, the content is different even
    if the text is the same."""
    validators: str = field(default="", repr=False)
    """Changes when the upstream rewrites an ended playlist, even with the same text."""


def begins_alike(before: Version, after: Version) -> bool:
    """Return whether a version may continue an earlier one, judging by its text.

    If the text of the segments that both list differs, the first and the last of these
    segments are compared, and the number of discontinuities between them. The later
    version may lack the last segment, if another server sent an older copy.
    """
    if before.source != after.source or (before.ended and not after.ended):
        return False
    old, new = before.window, after.window
    start, end = max(old.first, new.first), min(old.end, new.end)
    lost = max(old.end - new.end, 0)
    if start >= end or lost > _MOST_LOST or new.sequence < old.sequence - lost:
        return False
    ours, theirs = old.segment(start), new.segment(start)
    if not new.is_numbered and not after.ended and new.repeats(theirs.name):
        return False  # names recur, so the playlist may have advanced by one cycle
    alike = _is_same(ours, theirs, first=start == new.first)
    return alike and _is_same_up_to(end, old, new, start) and _parts_go_on(old, new)


def _is_same_up_to(end: int, old: Window, new: Window, start: int) -> bool:
    """Return whether both versions list the same segments from `start` up to `end`."""
    tail = old.text[old.line_of(start) :]
    if new.text.startswith(tail, new.line_of(start)):
        return True
    if _parted(old, start, end) != _parted(new, start, end):
        return False
    return _is_same(old.segment(end - 1), new.segment(end - 1), first=False)


def gained_seconds(before: Version, after: Version) -> float:
    """Return how many seconds the later version has added at its end.

    Negative if its end is earlier.
    """
    old, new = before.window, after.window
    return sum(new.durations(old.end, new.end)) - sum(old.durations(new.end, old.end))


def late_seconds(before: Version, after: Version) -> float:
    """Return how many seconds a version may be late without counting as a restart."""
    most = _LATE_TARGETS * after.target_seconds
    old, new = before.window, after.window
    start, end = max(old.first, new.first), min(old.end, new.end)
    return min(most, _SURE_SHARE * _played(new, start, end, most / _SURE_SHARE))


def _parts_go_on(old: Window, new: Window) -> bool:
    """Return whether the segment that was in the making still has the same parts.

    Once it is complete, its parts may be missing.
    """
    before = old.parts(old.end)
    if not any(map(_is_part, before)) or new.end < old.end:
        return True
    after = new.parts(old.end)
    if new.end > old.end and not any(map(_is_part, after)):
        return True
    return after[: len(before)] == before


def _is_part(line: bytes) -> bool:
    return b"#EXT-X-PART:" in line


def _parted(window: Window, start: int, end: int) -> int:
    """Return how many discontinuities there are between two segments."""
    first, last = window.line_of(start), window.line_of(end - 1)
    return window.discontinuity_at(last) - window.discontinuity_at(first)


def _played(window: Window, start: int, end: int, enough: float) -> float:
    """Return how many seconds the segments play; stop adding up after `enough`."""
    count, seconds = 4, 0.0
    while seconds < enough:
        seconds = sum(window.durations(max(end - count, start), end))
        if end - count <= start:
            break
        count *= 2
    return seconds


def _is_same(old: Segment, new: Segment, *, first: bool) -> bool:
    """Return whether two versions list the same segment.

    `first` is true if the later version begins with this segment. Then tags of removed
    segments may be repeated for it, and a discontinuity before it may be missing.
    """
    if old.name != new.name or _duration(old) != _duration(new):
        return False
    for tag in _EQUAL:
        ours, theirs = old.tags.get(tag, []), new.tags.get(tag, [])
        if ours != theirs and not (first and not theirs and tag == b"DISCONTINUITY"):
            return False
    for tag in _EQUAL_IF_SAID:
        if tag in old.tags and tag in new.tags and old.tags[tag] != new.tags[tag]:
            return False
    return _is_close(old.tags.get(_DATE), new.tags.get(_DATE))


def _duration(segment: Segment) -> bytes:
    # What follows the comma is a title.
    return segment.tags.get(b"EXTINF", [b""])[-1].partition(b",")[0]


def _is_close(old: list[bytes] | None, new: list[bytes] | None) -> bool:
    if old is None or new is None or old[-1] == new[-1]:
        return True
    try:
        ours = datetime.fromisoformat(old[-1].decode())
        theirs = datetime.fromisoformat(new[-1].decode())
        return abs((ours - theirs).total_seconds()) <= _CLOSE_SECONDS
    except (OverflowError, TypeError, ValueError):
        return False
