"""Moves fragments of the loop in fragmented MP4 to another time.

ISO 14496-12: a fragment has its place in `mfhd` (sequence number, section 8.8.5)
and `tfdt` (decode time of its first sample, section 8.8.12). Everything else in it is
relative. There is no `sidx`. The counterpart for MPEG-TS is `retime_ts`.
"""

from collections.abc import Iterator
from typing import NamedTuple

from proxy.demo.timeline import (
    LOOP_SEGMENTS,
    SEGMENT_TICKS,
    START_TICKS,
    TICKS_PER_SECOND,
)

# size and type
_HEADER = 8
_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"moof", b"traf"})


class Box(NamedTuple):
    """A box: the offsets of its first byte, its content and its end."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(data: bytes) -> Iterator[Box]:
    """Yield the boxes; a parent comes before its children.

    Raises ValueError if they do not fill `data` exactly.
    """
    yield from _within(data, 0, len(data))


def _within(data: bytes, start: int, end: int) -> Iterator[Box]:
    while start < end:
        size = int.from_bytes(data[start : start + 4])
        if size < _HEADER or start + size > end:
            message = "a box does not end where its parent does"
            raise ValueError(message)
        box = Box(data[start + 4 : start + 8], start, start + _HEADER, start + size)
        yield box
        if box.kind in _PARENTS:
            yield from _within(data, box.content, box.end)
        start = box.end


def retime(fragment: bytes, *, sequence: int, units: int) -> bytes:
    """Return the fragment with this sequence number, moved by `units` of its track."""
    moved = bytearray(fragment)
    for box in boxes(fragment):
        # the first four bytes of a full box are version and flags
        if box.kind == b"mfhd":
            moved[box.content + 4 : box.end] = sequence.to_bytes(4)
        elif box.kind == b"tfdt":
            time = decode_time(fragment) + units
            moved[box.content + 4 : box.end] = time.to_bytes(box.end - box.content - 4)
    return bytes(moved)


def decode_time(fragment: bytes) -> int:
    """Return the decode time of the first sample, in units of its track.

    Raises ValueError if there is none.
    """
    box = _first(fragment, b"tfdt")
    return int.from_bytes(fragment[box.content + 4 : box.end])


def timescale(init: bytes) -> int:
    """Return the units per second of the (first) track of an init section."""
    box = _first(init, b"mdhd")
    # Section 8.4.2: before the timescale, version 1 has two times of 8 bytes, version 0
    # of 4.
    at = box.content + 4 + (16 if init[box.content] else 8)
    return int.from_bytes(init[at : at + 4])


def _first(data: bytes, kind: bytes) -> Box:
    for box in boxes(data):
        if box.kind == kind:
            return box
    message = f"no {kind.decode()} box"
    raise ValueError(message)


class Fmp4Track:
    """One rendition of the loop in fragmented MP4: an endless sequence of segments."""

    def __init__(self, file: bytes) -> None:
        starts = [box.start for box in boxes(file) if box.kind == b"moof"]
        ends = [*starts[1:], len(file)]
        self.init = file[: starts[0]]
        self._loop = [file[a:b] for a, b in zip(starts, ends, strict=True)]
        self._timescale = timescale(self.init)

    @property
    def largest(self) -> int:
        """Return the size of the largest segment, in bytes."""
        return max(map(len, self._loop))

    def segment(self, index: int) -> bytes:
        """Return the segment with this media sequence number."""
        loops, place = divmod(index, LOOP_SEGMENTS)
        ticks = START_TICKS + loops * LOOP_SEGMENTS * SEGMENT_TICKS
        units = ticks * self._timescale // TICKS_PER_SECOND
        sequence = (index + 1) % (1 << 32)
        return retime(self._loop[place], sequence=sequence, units=units)
