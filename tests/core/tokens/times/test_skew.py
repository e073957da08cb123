"""How far another clock is ahead of ours, from the Date of an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.times.skew import mean_skew, skew_of

NOON = 1_800_000_000.0
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"


@pytest.mark.parametrize(
    ("date", "age", "sent", "received", "skew"),
    [
        (DATE, None, NOON, NOON + 1, 0.0),
        (DATE, "0", NOON - 60, NOON - 59, 60.0),
        (DATE, " 0", NOON + 60.25, NOON + 60.75, -60.0),
        (DATE, "1", NOON, NOON, None),
        (DATE, "old", NOON, NOON, None),
        (DATE, None, NOON, NOON + 2.1, None),
        (DATE, None, NOON, NOON - 1, None),
        (None, None, NOON, NOON, None),
        ("yesterday", None, NOON, NOON, None),
        ("Fri, 15 Jan 99999 08:00:00 GMT", None, NOON, NOON, None),
        ("Fri, 15 Jan 2027 08:00:00", None, NOON, NOON + 1, 0.0),
    ],
)
def test_the_skew_is_measured_at_the_middle_of_an_exchange(
    date: str | None, age: str | None, sent: float, received: float, skew: float | None
) -> None:
    """Cached or slow answers, and invalid dates, show nothing."""
    assert skew_of(date, age, sent=sent, received=received) == skew


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    """An upstream may send anything."""
    skew_of(text, text, sent=NOON, received=NOON)


def test_skew_is_a_moving_average() -> None:
    """The first measurement counts fully, each later one a fifth."""
    assert mean_skew(None, 10.0) == 10.0
    assert mean_skew(10.0, 20.0) == pytest.approx(12.0)
