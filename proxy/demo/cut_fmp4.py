"""Cuts a segment of fragmented MP4 into several fragments, one for each part.

The loop's media have one fragment per segment. Low latency needs parts: CMAF chunks
(ISO 23000-19, section 7.3.2.3), which add up to the segment. The samples stay as they
are; `tfdt` and `trun` (ISO 14496-12, sections 8.8.12 and 8.8.8) are rewritten.
"""

import struct
from itertools import pairwise
from typing import NamedTuple

from proxy.demo.retime_fmp4 import Box, Fmp4Track, boxes, decode_time

PARTS_PER_SEGMENT = 4

_DATA_OFFSET = 0x000001
_FIRST_SAMPLE_FLAGS = 0x000004
_SAMPLE_SIZES = 0x000200
# A track run of the loop has these fields for its samples; the rest are defaults.
_KNOWN_RUN = _DATA_OFFSET | _FIRST_SAMPLE_FLAGS | _SAMPLE_SIZES
_DEFAULT_DURATION = 0x000008


class _Run(NamedTuple):
    """What a fragment says about its samples."""

    header: bytes
    """The `tfhd` box, which applies to all samples."""
    duration: int
    """The duration of a sample, in units of the track."""
    first_flags: bytes
    """The flags of the first sample, if they differ from the others'; else empty."""
    sizes: tuple[int, ...]


def cut(fragment: bytes, *, counts: tuple[int, ...], sequence: int) -> list[bytes]:
    """Cut the fragment into several; `counts` are the numbers of their samples.

    They are numbered from `sequence`. Raises ValueError if the fragment is not of the
    simple kind that the loop consists of.
    """
    found = {box.kind: box for box in boxes(fragment)}
    run, data = _run(fragment, found), found[b"mdat"].content
    if sum(counts) != len(run.sizes):
        message = "the parts have other samples than the fragment"
        raise ValueError(message)
    time, done, parts = decode_time(fragment), 0, []
    for number, count in enumerate(counts, start=sequence):
        sizes = run.sizes[done : done + count]
        flags = run.first_flags if not done else b""
        body = fragment[data : data + sum(sizes)]
        parts.append(_moof(number, run.header, time, flags, sizes) + _box("mdat", body))
        data += len(body)
        done += count
        time += count * run.duration
    return parts


def _run(fragment: bytes, found: dict[bytes, Box]) -> _Run:
    header, run = found[b"tfhd"], found[b"trun"]
    header_flags, _ = struct.unpack_from(">II", fragment, header.content)
    flags, count = struct.unpack_from(">II", fragment, run.content)
    plain = flags | _FIRST_SAMPLE_FLAGS == _KNOWN_RUN
    if not plain or not header_flags & _DEFAULT_DURATION:
        message = "a fragment of a kind that is not cut here"
        raise ValueError(message)
    (duration,) = struct.unpack_from(">I", fragment, header.content + 8)
    at = run.content + 12  # flags, count and data offset
    first = fragment[at : at + 4] if flags & _FIRST_SAMPLE_FLAGS else b""
    sizes = struct.unpack_from(f">{count}I", fragment, at + len(first))
    return _Run(fragment[header.start : header.end], duration, first, sizes)


def _moof(
    sequence: int, header: bytes, time: int, flags: bytes, sizes: tuple[int, ...]
) -> bytes:
    says = _DATA_OFFSET | _SAMPLE_SIZES | (_FIRST_SAMPLE_FLAGS if flags else 0)
    table = struct.pack(f">{len(sizes)}I", *sizes)
    times = _box("tfdt", struct.pack(">IQ", 1 << 24, time))
    number = _box("mfhd", struct.pack(">II", 0, sequence % (1 << 32)))

    def moof(offset: int) -> bytes:
        run = struct.pack(">III", says, len(sizes), offset) + flags + table
        return _box("moof", number + _box("traf", header + times + _box("trun", run)))

    # The data begins after this box and the header of the next one.
    return moof(len(moof(0)) + 8)


def _box(kind: str, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind.encode()) + content


class CutTrack:
    """One rendition of the loop, as an endless sequence of parts."""

    def __init__(self, file: bytes) -> None:
        self._whole = Fmp4Track(file)
        self.init = self._whole.init
        first = self._whole.segment(0)
        samples = len(_run(first, {box.kind: box for box in boxes(first)}).sizes)
        marks = [
            round(samples * part / PARTS_PER_SEGMENT)
            for part in range(PARTS_PER_SEGMENT + 1)
        ]
        self._counts = tuple(b - a for a, b in pairwise(marks))

    @property
    def shares(self) -> tuple[float, ...]:
        """Return each part's share of a segment's duration."""
        return tuple(count / sum(self._counts) for count in self._counts)

    @property
    def largest(self) -> int:
        """Return the size of the largest segment, in bytes."""
        # Each part after the first adds one more set of boxes, which takes less than
        # this.
        return self._whole.largest + (PARTS_PER_SEGMENT - 1) * 256

    def parts(self, index: int) -> list[bytes]:
        """Return the parts of the segment with this media sequence number."""
        return cut(
            self._whole.segment(index),
            counts=self._counts,
            sequence=index * PARTS_PER_SEGMENT + 1,
        )

    def segment(self, index: int) -> bytes:
        """Return the segment with this media sequence number: its parts, joined."""
        return b"".join(self.parts(index))
