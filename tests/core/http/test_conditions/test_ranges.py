"""Ranges of a resource that is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.http.conditions import answer_of, part_answer_of
from proxy.core.http.headers import Fields
from proxy.core.http.ranges import Extent, Part
from tests.core.http.test_conditions.kept import (
    DATED,
    NEW,
    OLD,
    PART,
    SIZE,
    TAGGED,
    UNCHANGED,
    WEAK,
    WHOLE,
    as_fields,
    got,
    short,
)

UNSETTLED: Fields = (("Last-Modified", NEW), ("Date", NEW))
OUTSIDE = (416, 0, 0)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=5-9", PART),
        ("Bytes=5-9", PART),
        ("bytes= 5-9 ", PART),
        ("bytes=0-", (206, 0, 100)),
        ("bytes=0-99", (206, 0, 100)),
        ("bytes=0-0", (206, 0, 1)),
        ("bytes=99-", (206, 99, 100)),
        ("bytes=99-99", (206, 99, 100)),
        ("bytes=5-900", (206, 5, 100)),
        ("bytes=5-9007199254740991", (206, 5, 100)),
        ("bytes=-7", (206, 93, 100)),
        ("bytes=-100", (206, 0, 100)),
        ("bytes=-700", (206, 0, 100)),
        # Beyond the end.
        ("bytes=100-", OUTSIDE),
        ("bytes=100-200", OUTSIDE),
        ("bytes=-0", OUTSIDE),
        ("bytes=100-,200-", OUTSIDE),
        # Several.
        ("bytes=0-1,5-9", WHOLE),
        ("bytes=5-9,200-", WHOLE),
        ("bytes=0-0,-1", WHOLE),
        # Malformed or another unit.
        ("bytes=9-5", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=", WHOLE),
        ("bytes", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=5-9;", WHOLE),
        ("bytes=5-99999999999999999999", WHOLE),
        ("items=5-9", WHOLE),
        ("", WHOLE),
    ],
)
def test_one_range_gets_its_part(value: str, expected: tuple[int, int, int]) -> None:
    """Section 14: several, or what nobody understands, get the whole."""
    assert short(got(range=value)) == expected


def test_a_part_says_which_it_is() -> None:
    """All other fields are those of the whole."""
    assert got(range="bytes=5-9").headers == (
        *TAGGED,
        ("Content-Range", "bytes 5-9/100"),
    )
    assert got(range="bytes=100-").headers == (("Content-Range", "bytes */100"),)
    assert got().headers is TAGGED


def test_two_range_fields_are_no_range() -> None:
    """Their sender and we may disagree about which one counts."""
    twice = (("Range", "bytes=0-1"), ("range", "bytes=5-9"))
    assert short(answer_of(twice, TAGGED, SIZE)) == WHOLE


def test_an_empty_resource_has_no_parts() -> None:
    """Subtitles may be empty, and FFmpeg asks for `bytes=0-` always."""
    for value in ("bytes=0-", "bytes=-5", "bytes=5-9"):
        assert short(answer_of((("Range", value),), TAGGED, 0)) == (200, 0, 0)


def test_a_coded_resource_has_no_parts() -> None:
    """It may be coded otherwise the next time."""
    assert short(got((("Content-Encoding", "gzip"),), range="bytes=5-9")) == WHOLE
    plain = (("Content-Encoding", "identity"),)
    assert short(got(plain, range="bytes=5-9")) == PART


@pytest.mark.parametrize(
    ("kept", "validator", "expected"),
    [
        (TAGGED, '"v1"', PART),
        (TAGGED, '"v2"', WHOLE),
        # Section 13.1.5: compared strongly.
        (TAGGED, 'W/"v1"', WHOLE),
        (WEAK, 'W/"v1"', WHOLE),
        (WEAK, '"v1"', WHOLE),
        ((), '"v1"', WHOLE),
        (DATED, OLD, PART),
        (DATED, NEW, WHOLE),
        (DATED, "Monday, 02-Jan-23 10:00:00 GMT", WHOLE),
        # Two changes in one second have one date.
        (UNSETTLED, NEW, WHOLE),
        ((("Last-Modified", OLD),), OLD, WHOLE),
        ((), OLD, WHOLE),
        (TAGGED, "junk", WHOLE),
        (TAGGED, "", WHOLE),
    ],
)
def test_a_part_is_of_the_version_that_the_player_has(
    kept: Fields, validator: str, expected: tuple[int, int, int]
) -> None:
    """Else the player gets the whole, and does not join two versions."""
    assert short(got(kept, range="bytes=5-9", if_range=validator)) == expected
    assert short(got(kept, if_range=validator)) == WHOLE
    if expected == WHOLE:
        outside = got(kept, range="bytes=100-", if_range=validator)
        assert short(outside) == WHOLE


def test_head_gets_the_head_of_the_whole() -> None:
    """Section 14.2: a range means nothing there; a validator does."""
    ranged = (("Range", "bytes=5-9"),)
    assert short(answer_of(ranged, TAGGED, SIZE, method="HEAD")) == WHOLE
    known = (("If-None-Match", '"v1"'),)
    assert short(answer_of(known, TAGGED, SIZE, method="HEAD")) == UNCHANGED


KEPT_PART = Extent(500, 600, 1000)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"range": "bytes=500-599"}, (206, 0, 100)),
        ({"range": "bytes=500-599", "if_range": '"v1"'}, (206, 0, 100)),
        ({"range": "bytes=500-599", "if_none_match": '"v1"'}, UNCHANGED),
        # It needs other bytes.
        ({}, None),
        ({"if_none_match": '"v1"'}, None),
        ({"range": "bytes=500-599", "if_range": '"v2"'}, None),
        ({"range": "bytes=500-"}, None),
        ({"range": "bytes=500-598"}, None),
        ({"range": "bytes=0-99"}, None),
        ({"range": "bytes=0-99,500-599"}, None),
        ({"range": "items=500-599"}, None),
    ],
)
def test_a_kept_part_answers_only_for_itself(
    asked: dict[str, str], expected: tuple[int, int, int] | None
) -> None:
    """Positions are those in what is kept; Content-Range names those in the whole."""
    fields = as_fields(asked)
    kept = (*TAGGED, ("content-range", "bytes 500-599/*"))
    found = part_answer_of(fields, kept, KEPT_PART)
    assert (found and short(found)) == expected
    if found and found.status == 206:
        told = [value for name, value in found.headers if "range" in name.lower()]
        assert told == ["bytes 500-599/1000"]
    assert part_answer_of(fields, kept, KEPT_PART, method="HEAD") is None


def test_the_end_of_a_resource_is_that_part_under_other_names_too() -> None:
    """`-100`, `900-` and `900-2000` all mean the last 100 of 1000 bytes."""
    for value in ("bytes=-100", "bytes=900-", "bytes=900-2000", "bytes=900-999"):
        found = part_answer_of((("Range", value),), (), Extent(900, 1000, 1000))
        assert found is not None
        assert short(found) == (206, 0, 100)


@given(
    st.one_of(
        st.from_regex(r"bytes=[0-9]{0,3}-[0-9]{0,3}(,[0-9]{0,3}-)?", fullmatch=True),
        st.text(max_size=20),
    ),
    st.text(max_size=30),
    st.text(max_size=30),
    st.text(max_size=30),
    st.integers(0, 200),
)
def test_any_request_gets_something_true(
    ranged: str, tags: str, since: str, validator: str, size: int
) -> None:
    """Never bytes that are not there, and a Content-Range of what is sent."""
    fields = (
        ("Range", ranged),
        ("If-None-Match", tags),
        ("If-Modified-Since", since),
        ("If-Range", validator),
    )
    for asked in (fields, fields[:1], (fields[2],)):
        status, start, end, headers = answer_of(asked, TAGGED, size)
        assert 0 <= start <= end <= size
        part = Part.of(dict(headers).get("Content-Range", ""))
        assert (status == 206) == (part is not None)
        assert part is None or part == (start, end, size)
        assert status != 200 or end == size
