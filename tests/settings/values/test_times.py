"""Lengths of time and moments are read in the forms that people write."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.settings.errors.mistakes import Wrong
from proxy.settings.values.times import moment, seconds


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (0, 0.0),
        (90, 90.0),
        (1.5, 1.5),
        ("25", 25.0),
        ("90s", 90.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("0.5h", 1800.0),
        ("1d", 86400.0),
    ],
)
def test_a_duration_is_read_as_seconds(written: object, read: float) -> None:
    """Numbers are seconds; units may be joined."""
    assert seconds(written) == read


@pytest.mark.parametrize(
    "written", [True, -1, float("nan"), float("inf"), "", "5 m", "m5", "-5m", "5w", [1]]
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    """Nothing is guessed."""
    with pytest.raises(Wrong):
        seconds(written)


@given(st.text())
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    """No text leads to another error, or to a negative length."""
    with contextlib.suppress(Wrong):
        assert seconds(text) >= 0


@pytest.mark.parametrize(
    "written",
    [
        1893456000,
        "1893456000",
        "2030-01-01T00:00:00Z",
        "2030-01-01T01:00:00+01:00",
        dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
    ],
)
def test_a_moment_is_read_as_epoch_seconds(written: object) -> None:
    """Epoch seconds, RFC 3339 and TOML's own times mean the same."""
    assert moment(written) == 1893456000.0


@pytest.mark.parametrize("written", [True, "tomorrow", "2030-01-01T00:00:00", [1]])
def test_what_is_no_moment_is_refused(written: object) -> None:
    """A time without its offset could be anywhere in the world."""
    with pytest.raises(Wrong):
        moment(written)


def test_no_moment_is_none() -> None:
    """A token whose end is not known stays so."""
    assert moment(None) is None
