"""Whether a version of a media playlist continues an earlier one.

Encoders restart and count from 0 again under the same file names. What the names mean
now is then something else, and the playlist does not have to say so. An uninterrupted
*run* of an encoder is recognised by what it cannot do otherwise: its numbers do not go
back, a segment stays what it was, and segments come at the pace at which they play. If
one of these does not hold, a new run begins. A false alarm only costs that resources
are fetched again.

The pace decides where the text shows nothing. An encoder that restarted has to make all
that the playlist lists once more, and that takes as long as it plays. So if less time
has passed since the earlier version, the new one is no restart.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from proxy.core.hls.window import Segment, Window

# A live playlist gets longer once per target duration, and not always in time. Caches
# between us and the origin add some delay.
_LATE_TARGETS = 1.5
# Restarted encoders may be a little ahead, because they get their input in a burst.
_SURE_SHARE = 0.75
# Servers behind one name are not always equally up to date.
_MOST_LOST = 1
# Encoders add up the durations of segments, and round.
_CLOSE_SECONDS = 0.5
_EQUAL = (b"BYTERANGE", b"DISCONTINUITY")
_EQUAL_IF_SAID = (b"KEY", b"MAP")
_DATE = b"PROGRAM-DATE-TIME"


class Moment(NamedTuple):
    """When a playlist was loaded, by both clocks.

    The monotonic clock pauses during suspend, and the other one may be set back.
    """

    mono: float
    wall: float

    def since(self, earlier: "Moment") -> float:
        """Return how many seconds may have passed."""
        return max(self.mono - earlier.mono, self.wall - earlier.wall)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a media playlist, and how it was loaded."""

    window: Window
    at: Moment
    """When it was up to date."""
    target_seconds: float
    ended: bool = False
    """Whether nothing follows (EXT-X-ENDLIST)."""
    partial: bool = False
    """Whether it is a delta update."""
    source: str = ""
    """Where it is from. Another source has other contents, whatever its text is."""
    validators: str = field(default="", repr=False)
    """Changes when an ended playlist was written again, even if its text is the same.
    """


def begins_alike(before: Version, after: Version) -> bool:
    """Return whether the text of a version may continue that of the one before.

    If what both list is not the same text, both its ends are compared, and the number
    of discontinuities between them. A version may lack the last segment of the one
    before it, if an older copy comes from another server.
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
        return False  # it may have gone on by one cycle of names
    alike = _is_same(ours, theirs, first=start == new.first)
    return alike and _is_same_up_to(end, old, new, start) and _parts_go_on(old, new)


def _is_same_up_to(end: int, old: Window, new: Window, start: int) -> bool:
    """Return whether versions list the same after the first segment they share."""
    tail = old.text[old.line_of(start) :]
    if new.text.startswith(tail, new.line_of(start)):
        return True
    if _parted(old, start, end) != _parted(new, start, end):
        return False
    return _is_same(old.segment(end - 1), new.segment(end - 1), first=False)


def gained_seconds(before: Version, after: Version) -> float:
    """Return by how much the later version is longer; negative if it is shorter."""
    old, new = before.window, after.window
    return sum(new.durations(old.end, new.end)) - sum(old.durations(new.end, old.end))


def late_seconds(before: Version, after: Version) -> float:
    """Return by how much a version may be late and still be no restart."""
    most = _LATE_TARGETS * after.target_seconds
    old, new = before.window, after.window
    start, end = max(old.first, new.first), min(old.end, new.end)
    return min(most, _SURE_SHARE * _played(new, start, end, most / _SURE_SHARE))


def _parts_go_on(old: Window, new: Window) -> bool:
    """Return whether the segment that was in the making still has its parts.

    Once it is complete, its parts may be left out.
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
    """Return how many discontinuities there are between segments."""
    first, last = window.line_of(start), window.line_of(end - 1)
    return window.discontinuity_at(last) - window.discontinuity_at(first)


def _played(window: Window, start: int, end: int, enough: float) -> float:
    """Return how long some segments play, or that it is long enough."""
    count, seconds = 4, 0.0
    while seconds < enough:
        seconds = sum(window.durations(max(end - count, start), end))
        if end - count <= start:
            break
        count *= 2
    return seconds


def _is_same(old: Segment, new: Segment, *, first: bool) -> bool:
    """Return whether two versions list the same segment.

    `first` is true if the later version begins with it. Some tags are then repeated, or
    left out with what was before.
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
