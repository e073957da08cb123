"""Times and durations, in the forms that services use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.times.instant import (
    LATEST_EPOCH,
    epoch,
    http_date,
    length,
    moment,
)
from proxy.errors import ExpiryError
from tests.core.ends import VALUES

JUNK: tuple[object, ...] = (
    0,
    -1,
    "abc",
    "",
    1e18,
    "1e18",
    "nan",
    "inf",
    10**400,
    True,
    [],
    {},
    None,
)


@pytest.mark.parametrize(
    "value",
    [
        1_893_456_000,
        1_893_456_000.0,
        "1893456000",
        " 1893456000 ",
        1_893_456_000_000,
        "1893456000000",
        "2030-01-01T00:00:00Z",
        "2030-01-01t00:00:00z",
        "2030-01-01T02:00:00+02:00",
        "2029-12-31T19:00:00-0500",
        "2030-01-01 00:00:00",
        "2030-01-01T00:00:00.000000000Z",
        "20300101T000000Z",
        "2030-01-01",
    ],
)
def test_a_time_may_have_many_forms(value: object) -> None:
    """All of these are the first second of 2030."""
    assert moment(value) == 1_893_456_000


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2030-01-01T00:00:00.25Z", 1_893_456_000.25),
        (1_893_456_000_250, 1_893_456_000.25),
        (LATEST_EPOCH, LATEST_EPOCH),
        ("9999-12-31T23:59:59Z", LATEST_EPOCH - 1),
    ],
)
def test_fractions_and_the_last_second_are_kept(value: object, seconds: float) -> None:
    """Some libraries write the end of the calendar for "never"."""
    assert moment(value) == pytest.approx(seconds)


@pytest.mark.parametrize("value", JUNK, ids=str)
def test_junk_is_refused(value: object) -> None:
    """It is an error, not a token without expiry."""
    with pytest.raises(ExpiryError):
        moment(value)
    with pytest.raises(ExpiryError):
        length(value)


@pytest.mark.parametrize("value", ["2030-13-01", "0001-01-01T00:00:00+23:00", "soon"])
def test_other_texts_are_refused(value: str) -> None:
    """Also dates that the system cannot represent."""
    with pytest.raises(ExpiryError):
        moment(value)


@pytest.mark.parametrize("value", [3600, 3600.0, "3600", " 3600 "])
def test_a_duration_is_a_number_or_contains_one(value: object) -> None:
    """Azure's older endpoints send a text."""
    assert length(value) == 3600


@given(VALUES)
def test_parsing_raises_only_its_own_error(value: object) -> None:
    """The result is a valid date."""
    for read in (moment, length):
        try:
            assert 0 < read(value) <= LATEST_EPOCH
        except ExpiryError as exc:
            assert str(value) not in str(exc) or len(str(value)) < 3  # noqa: PT017


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Tue, 01 Jan 2030 00:00:00 GMT", 1_893_456_000),
        ("Tue, 01 Jan 2030 00:00:00 -0000", 1_893_456_000),
        ("Tue, 32 Jan 2030 00:00:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_an_http_date_is_parsed_or_ignored(value: str, seconds: float | None) -> None:
    """An invalid header counts as missing."""
    assert http_date(value) == seconds


@given(st.text())
def test_reading_a_date_never_raises(value: str) -> None:
    """A header may contain anything."""
    http_date(value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (1700000300, 1700000300.0),
        (" 1700000300 ", 1700000300.0),
        (1700000300000, None),
        ("soon", None),
        (False, None),
        (None, None),
        ({}, None),
    ],
)
def test_milliseconds_are_not_taken_for_seconds(
    value: object, seconds: float | None
) -> None:
    """They would be in the year 55000."""
    assert epoch(value) == seconds
