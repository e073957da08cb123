"""Moving MPEG-TS in time."""

from collections import defaultdict
from importlib import resources

import pytest

from proxy.demo.retime_ts import (
    TICKS_MODULUS,
    TsTrack,
    packets,
    payloads,
    presentation_time,
    retime,
)

MEDIA = resources.files("proxy.demo") / "media"
NAMES = ["360p", "180p", "audio"]
SEGMENT_TICKS = 172_800
WRAP = TICKS_MODULUS // SEGMENT_TICKS


def read(name: str) -> TsTrack:
    """Load a track of the loop."""
    return TsTrack((MEDIA / f"{name}.ts").read_bytes())


def clocks(segment: bytes) -> list[int]:
    """Return the values of the program clock, parsed independently."""
    found = []
    for at in range(0, len(segment), 188):
        packet = segment[at : at + 188]
        if packet[3] & 0x20 and packet[4] and packet[5] & 0x10:
            found.append(int.from_bytes(packet[6:12]) >> 15)
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("index", [0, 1, 9, 10, 11, 19, 20, 312, WRAP, 900_000_000])
def test_a_segment_begins_where_the_one_before_ends(name: str, index: int) -> None:
    """Time stamps continue over the ends of the loop, and wrap at 33 bits."""
    begins = presentation_time(read(name).segment(index))

    assert (900_000 + index * SEGMENT_TICKS) % TICKS_MODULUS == begins


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("index", [0, 9, 10, 312, WRAP])
def test_the_clock_stays_ahead_of_what_it_times(name: str, index: int) -> None:
    """The first clock value is always 0.2 s before the first time stamp."""
    segment = read(name).segment(index)

    lead = (presentation_time(segment) - clocks(segment)[0]) % TICKS_MODULUS

    assert lead == 18_000


@pytest.mark.parametrize("name", NAMES)
def test_counters_continue_over_the_ends_of_the_loop(name: str) -> None:
    """ISO 13818-1, section 2.4.3.3: each PID counts its packets with payload."""
    track = read(name)
    counters = defaultdict(list)
    for index in range(25):
        for packet in packets(track.segment(index)):
            if packet[3] & 0x10:
                counters[packet[1] & 0x1F, packet[2]].append(packet[3] & 15)

    assert len(counters) == 4  # SDT, PAT, PMT, and the track itself
    for counted in counters.values():
        assert [i % 16 for i in range(len(counted))] == counted


@pytest.mark.parametrize("name", NAMES)
def test_a_segment_that_is_not_moved_is_unchanged(name: str) -> None:
    """Parsing and writing a time are inverse, bit by bit."""
    first = read(name).segment(0)

    assert first == retime(first, ticks=0, counters={})
    assert first == retime(first, ticks=TICKS_MODULUS, counters={})
    assert first != retime(first, ticks=1, counters={})


@pytest.mark.parametrize("name", NAMES)
def test_the_loop_has_ten_segments(name: str) -> None:
    """The eleventh is the first again, with the same length."""
    track = read(name)

    assert payloads(track.segment(0)) == payloads(track.segment(10))
    assert len({bytes(track.segment(i)) for i in range(11)}) == 11
    assert track.largest == max(len(track.segment(i)) for i in range(10))


@pytest.mark.parametrize("data", [b"\x47" + bytes(186), bytes(188)])
def test_anything_but_packets_is_refused(data: bytes) -> None:
    """A truncated packet, and one without its sync byte."""
    with pytest.raises(ValueError, match="packet"):
        list(packets(data))


def test_a_segment_without_a_time_is_refused() -> None:
    """Its time cannot be guessed."""
    with pytest.raises(ValueError, match="no time stamp"):
        presentation_time(b"\x47\x1f\xff\x10" + bytes(184))
