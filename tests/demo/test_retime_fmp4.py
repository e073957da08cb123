"""Moving fragmented MP4 in time."""

from importlib import resources

import pytest

from proxy.demo.retime_fmp4 import Fmp4Track, boxes, decode_time, retime, timescale

MEDIA = resources.files("proxy.demo") / "media"
NAMES = ["360p", "180p", "audio"]


def read(name: str) -> Fmp4Track:
    """Load a track of the loop."""
    return Fmp4Track((MEDIA / f"{name}.mp4").read_bytes())


def sequence_number(fragment: bytes) -> int:
    """Return the number in mfhd, parsed independently."""
    at = fragment.index(b"mfhd") + 8
    return int.from_bytes(fragment[at : at + 4])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("index", [0, 1, 9, 10, 11, 19, 20, 312, 900_000_000])
def test_a_segment_begins_where_the_one_before_ends(name: str, index: int) -> None:
    """Decode times continue exactly over the ends of the loop."""
    track = read(name)
    units = timescale(track.init) * 48 // 25

    begins = [decode_time(track.segment(i)) for i in (index, index + 1)]

    assert [
        10 * timescale(track.init) + units * i for i in (index, index + 1)
    ] == begins


@pytest.mark.parametrize("name", NAMES)
def test_sequence_numbers_go_on(name: str) -> None:
    """Each fragment's number is one more than the last."""
    track = read(name)

    assert [sequence_number(track.segment(i)) for i in range(8, 12)] == [9, 10, 11, 12]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_time_and_number_changes(name: str) -> None:
    """About ten bytes differ between loops; the samples do not."""
    track = read(name)
    first, again = track.segment(3), track.segment(13)

    differing = [i for i, (a, b) in enumerate(zip(first, again, strict=True)) if a != b]

    times = range(first.index(b"tfdt"), first.index(b"tfdt") + 16)
    number = range(first.index(b"mfhd"), first.index(b"mfhd") + 12)
    assert differing
    assert all(i in times or i in number for i in differing)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_index_that_could_be_wrong(name: str) -> None:
    """A sidx would contain times; the media has none."""
    track = read(name)

    kinds = [box.kind for i in range(10) for box in boxes(track.segment(i))]

    assert kinds.count(b"moof") == 10
    assert b"sidx" not in kinds
    assert track.largest == max(len(track.segment(i)) for i in range(10))


@pytest.mark.parametrize(
    "data",
    [b"\0\0\0\7free", b"\0\0\0\20free", b"\0\0\0\11free", b"\0\0", b"\0\0\0\0free"],
    ids=["smaller than a header", "cut short", "cut by one", "no header", "no size"],
)
def test_inconsistent_boxes_are_refused(data: bytes) -> None:
    """Boxes must fill their file exactly."""
    with pytest.raises(ValueError, match="box"):
        list(boxes(data))


def test_a_fragment_without_a_time_is_refused() -> None:
    """Its time cannot be guessed."""
    with pytest.raises(ValueError, match="no tfdt box"):
        decode_time(b"\0\0\0\10free")


def test_the_time_keeps_its_size() -> None:
    """A decode time of 4 bytes (version 0) keeps its size."""
    tfdt = b"\0\0\0\20tfdt" + bytes(4) + (7).to_bytes(4)

    assert decode_time(retime(tfdt, sequence=1, units=5)) == 12
    assert len(tfdt) == len(retime(tfdt, sequence=1, units=5))
