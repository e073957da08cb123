"""Moves segments of the loop in MPEG-TS to another time.

ISO 13818-1: the clock (PCR, section 2.4.3.5), the time stamps (PTS and DTS, section
2.4.3.7) and each PID's continuity counter (section 2.4.3.3) define a packet's place.
The counterpart for fragmented MP4 is `retime_fmp4`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise

from proxy.demo.timeline import LOOP_SEGMENTS, SEGMENT_TICKS, START_TICKS

PACKET_BYTES = 188
SYNC = 0x47
# PCR base, PTS and DTS have 33 bits at 90 kHz, so they wrap after 26.5 hours.
TICKS_MODULUS = 1 << 33

# The muxer writes this table once, at the start of each segment.
_SDT_PID = 0x11
_PCR_FLAG = 0x10
_PTS_FLAG = 0x80
_DTS_FLAG = 0x40
_PES = b"\0\0\1"


def packets(data: bytes | bytearray) -> Iterator[memoryview]:
    """Yield the packets; raises ValueError unless they fill `data` exactly."""
    if len(data) % PACKET_BYTES:
        message = "not a whole number of packets"
        raise ValueError(message)
    view = memoryview(data)
    for at in range(0, len(data), PACKET_BYTES):
        if view[at] != SYNC:
            message = "a packet without its sync byte"
            raise ValueError(message)
        yield view[at : at + PACKET_BYTES]


def retime(segment: bytes, *, ticks: int, counters: Mapping[int, int]) -> bytes:
    """Return the segment moved by `ticks` of 90 kHz.

    `counters` says how many packets with payload each PID has sent before.
    """
    sent = Counter(counters)
    moved = bytearray(segment)
    for packet in packets(moved):
        if _has_payload(packet):
            packet[3] = packet[3] & 0xF0 | sent[_pid(packet)] % 16
            sent[_pid(packet)] += 1
        if _has_clock(packet):
            _shift_clock(packet, ticks)
        for stamp in _stamps(packet):
            _write_stamp(stamp, _read_stamp(stamp) + ticks)
    return bytes(moved)


def presentation_time(segment: bytes) -> int:
    """Return the first PTS, in ticks of 90 kHz; raises ValueError if there is none."""
    times = [_read_stamp(s) for packet in packets(segment) for s in _stamps(packet)]
    if not times:
        message = "no time stamp"
        raise ValueError(message)
    return times[0]


def payloads(segment: bytes) -> Counter[int]:
    """Return the number of packets with payload of each PID."""
    return Counter(_pid(packet) for packet in packets(segment) if _has_payload(packet))


class TsTrack:
    """One rendition of the loop in MPEG-TS: an endless sequence of segments."""

    init = b""

    def __init__(self, file: bytes) -> None:
        starts = [i for i, p in enumerate(packets(file)) if _pid(p) == _SDT_PID]
        cuts = [i * PACKET_BYTES for i in starts] + [len(file)]
        self._loop = [file[a:b] for a, b in pairwise(cuts)]
        self._before: list[Counter[int]] = [Counter()]
        for segment in self._loop:
            self._before.append(self._before[-1] + payloads(segment))
        self._first = presentation_time(file)

    @property
    def largest(self) -> int:
        """Return the size of the largest segment, in bytes."""
        return max(map(len, self._loop))

    def segment(self, index: int) -> bytes:
        """Return the segment with this media sequence number."""
        loops, place = divmod(index, LOOP_SEGMENTS)
        before, loop = self._before[place], self._before[-1]
        counters = {pid: before[pid] + loops * loop[pid] for pid in loop}
        ticks = START_TICKS - self._first + loops * LOOP_SEGMENTS * SEGMENT_TICKS
        return retime(self._loop[place], ticks=ticks, counters=counters)


def _pid(packet: memoryview) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _has_payload(packet: memoryview) -> bool:
    return bool(packet[3] & 0x10)


def _payload_at(packet: memoryview) -> int:
    adapted = packet[3] & 0x20
    return 5 + packet[4] if adapted else 4


def _has_clock(packet: memoryview) -> bool:
    adapted = packet[3] & 0x20 and packet[4]
    return bool(adapted and packet[5] & _PCR_FLAG)


def _shift_clock(packet: memoryview, ticks: int) -> None:
    # 33 bits of base, 6 reserved, 9 of extension
    field = int.from_bytes(packet[6:12])
    base = ((field >> 15) + ticks) % TICKS_MODULUS
    packet[6:12] = (base << 15 | field & 0x7FFF).to_bytes(6)


def _stamps(packet: memoryview) -> Iterator[memoryview]:
    starts_unit = packet[1] & 0x40
    at = _payload_at(packet)
    if not (starts_unit and _has_payload(packet)) or bytes(packet[at : at + 3]) != _PES:
        return
    flags = packet[at + 7]
    if flags & _PTS_FLAG:
        yield packet[at + 9 : at + 14]
    if flags & _DTS_FLAG:
        yield packet[at + 14 : at + 19]


def _read_stamp(stamp: memoryview) -> int:
    # 3, 15 and 15 bits, with a marker bit after each
    field = int.from_bytes(stamp)
    return (field >> 33 & 7) << 30 | (field >> 17 & 0x7FFF) << 15 | field >> 1 & 0x7FFF


def _write_stamp(stamp: memoryview, ticks: int) -> None:
    ticks %= TICKS_MODULUS
    kept = int.from_bytes(stamp) & 0xF1_0001_0001
    bits = (ticks >> 30) << 33 | (ticks >> 15 & 0x7FFF) << 17 | (ticks & 0x7FFF) << 1
    stamp[:] = (kept | bits).to_bytes(5)
