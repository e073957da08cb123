"""Segments cut into parts."""

import asyncio
import hashlib
from importlib import resources
from itertools import accumulate, pairwise

import imageio_ffmpeg
import pytest

from proxy.demo.cut_fmp4 import CutTrack, cut
from proxy.demo.retime_fmp4 import Fmp4Track, boxes, decode_time, timescale

MEDIA = resources.files("proxy.demo") / "media"
NAMES = ["360p", "180p", "audio"]
INDICES = [0, 9, 10, 312]


def read(name: str) -> bytes:
    """Load a file of the loop."""
    return (MEDIA / f"{name}.mp4").read_bytes()


def media(fragment: bytes) -> bytes:
    """Return the samples of a segment, whole or in parts."""
    found = (box for box in boxes(fragment) if box.kind == b"mdat")
    return b"".join(fragment[box.content : box.end] for box in found)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("index", INDICES)
def test_the_parts_add_up_to_the_segment(name: str, index: int) -> None:
    """Joined, they hold the samples of the whole, in order."""
    whole, track = Fmp4Track(read(name)), CutTrack(read(name))
    parts = track.parts(index)

    assert b"".join(parts) == track.segment(index)
    assert media(whole.segment(index)) == media(track.segment(index))
    assert len(track.segment(index)) <= track.largest


@pytest.mark.parametrize("name", NAMES)
def test_each_part_is_one_fragment_that_begins_where_the_last_one_ended(
    name: str,
) -> None:
    """Also between segments and loops: no gap, and consecutive numbers."""
    track = CutTrack(read(name))
    segment = timescale(track.init) * 48 // 25
    begins, numbers = [], []
    for index in (8, 9, 10, 11):
        for part in track.parts(index):
            kinds = [box.kind for box in boxes(part)]
            assert (kinds.count(b"moof"), kinds[-1]) == (1, b"mdat")
            begins.append(decode_time(part))
            at = part.index(b"mfhd") + 8
            numbers.append(int.from_bytes(part[at : at + 4]))

    shares = [round(share * segment) for share in track.shares] * 4
    start = 10 * timescale(track.init) + 8 * segment
    assert [start, *accumulate(shares, initial=start)][1:-1] == begins
    assert numbers == list(range(33, 49))


@pytest.mark.parametrize(("name", "longest"), [("360p", 0.48), ("audio", 0.4907)])
def test_no_part_is_longer_than_the_target_or_much_shorter(
    name: str, longest: float
) -> None:
    """RFC 8216bis, section 4.4.4.9: at least 85 % of the target."""
    seconds = [share * 1.92 for share in CutTrack(read(name)).shares]

    assert max(seconds) == pytest.approx(longest, abs=0.0001)
    assert min(seconds) >= 0.85 * 0.5
    assert sum(seconds) == pytest.approx(1.92)


def test_only_the_first_picture_of_a_segment_is_independent() -> None:
    """Only the first part has the flags of a key frame."""
    track = CutTrack(read("360p"))
    runs = [part[part.index(b"trun") + 4 :][:4] for part in track.parts(3)]

    assert [bool(flags[3] & 4) for flags in runs] == [True, False, False, False]


@pytest.mark.parametrize("name", NAMES)
async def test_a_decoder_sees_no_difference(name: str) -> None:
    """FFmpeg reads the same packets at the same times from parts and wholes."""
    whole, track = Fmp4Track(read(name)), CutTrack(read(name))

    packets = [
        await _packets(t.init + b"".join(t.segment(i) for i in range(12)))
        for t in (whole, track)
    ]

    assert packets[0] == packets[1]
    assert packets[0].count(b"\n") > 500


async def _packets(file: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-v", "warning", "-i", "-"),
        *("-c", "copy", "-f", "framemd5", "-"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate(file)
    assert (process.returncode, complained) == (0, b"")
    return said


def test_segments_that_cannot_be_cut_are_refused() -> None:
    """With missing samples, or a run with more fields than those of the loop."""
    fragment = Fmp4Track(read("360p")).segment(0)
    with pytest.raises(ValueError, match="other samples"):
        cut(fragment, counts=(1, 2), sequence=1)

    at = fragment.index(b"trun") + 4
    richer = fragment[: at + 2] + b"\x0f" + fragment[at + 3 :]
    with pytest.raises(ValueError, match="not cut here"):
        cut(richer, counts=(48,), sequence=1)


def test_parts_of_a_segment_differ() -> None:
    """Each has its own samples."""
    parts = CutTrack(read("audio")).parts(5)

    assert len({hashlib.sha256(media(part)).digest() for part in parts}) == 4
    assert all(a < b for a, b in pairwise(map(decode_time, parts)))
