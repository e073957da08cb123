"""Which parts match a request, and which pieces are cut instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from proxy.core.http.headers import Fields
from proxy.core.http.ranges import MOST_SKIPPED, Part, Ranges, without_ranges

TAG = '"v1"'


def asking(value: str | None, **more: str) -> Ranges:
    """Return the ranges of a request with this Range field."""
    fields: Fields = () if value is None else (("range", f"bytes={value}"),)
    return Ranges.of(fields + tuple((n.replace("_", "-"), v) for n, v in more.items()))


@pytest.mark.parametrize(
    ("asked", "said", "length", "fits"),
    [
        ("5-9", "bytes 5-9/100", 5, True),
        ("5-9", "Bytes 5-9/100", 5, True),
        ("5-9", "bytes 5-9/*", 5, True),
        ("5-9", "bytes 5-9/100", None, True),
        ("5-", "bytes 5-99/100", 95, True),
        ("-7", "bytes 93-99/100", 7, True),
        ("-700", "bytes 0-99/100", 100, True),
        ("5-900", "bytes 5-99/100", 95, True),
        ("7-9007199254740991", "bytes 7-9007199254740991/*", None, True),
        ("0-1,5-9", "bytes 0-9/100", 10, True),
        # Other bytes than requested.
        ("5-9", "bytes 0-9/100", 10, False),
        ("5-9", "bytes 6-9/100", 4, False),
        ("5-9", "bytes 5-8/100", 4, False),
        ("5-9", "bytes 5-10/100", 6, False),
        ("5-9", "bytes 5-10/*", 6, False),
        ("5-9", "bytes 0-4/100", 5, False),
        ("5-", "bytes 5-98/100", 94, False),
        ("-7", "bytes 92-98/100", 7, False),
        ("-7", "bytes 90-99/*", 10, False),
        # It contradicts itself.
        ("5-9", "bytes 5-9/100", 6, False),
        ("5-9", "bytes 5-9/9", 5, False),
        ("5-9", "bytes 9-5/100", None, False),
        ("5-9", "bytes 5-9", 5, False),
        ("5-9", "bytes 5-9/100, bytes 5-9/101", 5, False),
        ("5-9", "octets 5-9/100", 5, False),
        ("5-9", "", 5, False),
        # No range was requested.
        (None, "bytes 5-9/100", 5, False),
        (None, "bytes 0-9/*", 10, False),
        (None, "bytes 0-99/100", 100, True),
    ],
)
def test_a_part_must_be_exactly_what_was_requested(
    asked: str | None, said: str, length: int | None, *, fits: bool
) -> None:
    """VLC treats any other part as an error."""
    headers = CIMultiDict({"Content-Range": said})
    assert asking(asked).is_answered_by(headers, length) is fits


@pytest.mark.parametrize(("asked", "fits"), [("5-9", False), ("0-1,5-9", True)])
def test_several_parts_answer_several_ranges(asked: str, *, fits: bool) -> None:
    """They never answer a single one."""
    headers = CIMultiDict({"Content-Type": "Multipart/ByteRanges; boundary=B"})
    assert asking(asked).is_answered_by(headers, 300) is fits
    assert not asking(None).is_answered_by(headers, 300)


@pytest.mark.parametrize(
    ("validator", "headers", "fits"),
    [
        (TAG, {"ETag": TAG}, True),
        (TAG, {"ETag": '"v2"'}, False),
        (TAG, {}, True),
        ("Mon, 02 Jan 2023 10:00:00 GMT", {"Last-Modified": "x"}, False),
    ],
)
def test_a_part_of_another_version_does_not_match(
    validator: str, headers: dict[str, str], *, fits: bool
) -> None:
    """The player would join it with bytes of the version that it has."""
    said = CIMultiDict(headers | {"Content-Range": "bytes 5-9/100"})
    ranges = asking("5-9", if_range=validator)
    assert ranges.is_answered_by(said, 5) is fits
    assert (ranges.piece(CIMultiDict(headers), 100) is not None) is fits


@pytest.mark.parametrize(
    ("asked", "said", "true"),
    [
        ("100-", "bytes */100", True),
        ("5-9", "bytes */5", True),
        ("5-9,100-", "bytes */5", True),
        ("-5", "bytes */0", True),
        ("5-9", "", True),
        ("5-9", "bytes */*", True),
        ("5-9", "bytes */6", False),
        ("-5", "bytes */100", False),
        ("100-,5-9", "bytes */100", False),
        (None, "bytes */100", False),
        (None, "", False),
    ],
)
def test_a_refusal_of_a_range_may_contradict_itself(
    asked: str | None, said: str, *, true: bool
) -> None:
    """By the length that it states, the range would exist."""
    assert asking(asked).is_refused_by(said) is true


@pytest.mark.parametrize(
    ("asked", "length", "piece"),
    [
        ("5-9", 100, "bytes 5-9/100"),
        ("5-", 100, "bytes 5-99/100"),
        ("-7", 100, "bytes 93-99/100"),
        ("5-900", 100, "bytes 5-99/100"),
        ("5-9", None, "bytes 5-9/*"),
        ("5-", None, None),
        ("-7", None, None),
        ("100-", 100, None),
        ("0-1,5-9", 100, None),
        (None, 100, None),
        (f"{MOST_SKIPPED}-", 2 * MOST_SKIPPED, True),
        (f"{MOST_SKIPPED + 1}-", 2 * MOST_SKIPPED, None),
        ("0-9007199254740991", None, None),
    ],
)
def test_a_piece_is_cut_only_if_that_is_cheap(
    asked: str | None, length: int | None, piece: object
) -> None:
    """Not if it begins far behind, or if its end is unknown."""
    found = asking(asked).piece(CIMultiDict(), length)
    if isinstance(piece, str):
        assert found is not None
        assert found.content_range == piece
    else:
        assert (found is not None) is bool(piece)


def test_a_coded_body_is_not_cut() -> None:
    """A range counts coded bytes, and the coding may differ each time."""
    assert asking("5-9").piece(CIMultiDict({"Content-Encoding": "gzip"}), 100) is None


@pytest.mark.parametrize(
    "value", ["items=0-5", "bytes=", "bytes=-", "bytes=9-5", "bytes=a-b", "bytes 0-5"]
)
def test_an_unknown_range_accepts_any_part(value: str) -> None:
    """A part was requested, so one may come; it cannot be checked."""
    ranges = Ranges.of((("Range", value),))
    assert ranges.is_answered_by(CIMultiDict({"Content-Range": "bytes 5-9/100"}), 5)
    assert ranges.piece(CIMultiDict(), 100) is None


def test_a_request_for_the_whole_has_no_ranges() -> None:
    """The other fields stay."""
    fields = (("Range", "bytes=0-1"), ("if-range", TAG), ("Accept", "*/*"))
    assert without_ranges(fields) == (("Accept", "*/*"),)


@given(
    st.one_of(
        st.from_regex(r"[0-9]{0,3}-[0-9]{0,3}", fullmatch=True),
        st.text(max_size=20),
    ),
    st.integers(1, 200),
)
def test_a_piece_is_what_a_correct_server_sends(value: str, total: int) -> None:
    """The player sees no difference."""
    ranges = asking(value)
    piece = ranges.piece(CIMultiDict(), total)
    if piece is None:
        return
    headers = CIMultiDict({"Content-Range": piece.content_range})
    assert ranges.is_answered_by(headers, piece.end - piece.start)
    assert Part.of(piece.content_range) == (*piece,)
    assert not ranges.is_outside(total)
