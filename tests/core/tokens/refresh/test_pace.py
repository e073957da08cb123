"""How often a source may be called."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.refresh.pace import Pace

MONO = 1000.0


def attempts(lifetime: float | None, seconds: float) -> list[float]:
    """Return when attempts start if each starts as soon as allowed."""
    pace, mono, times = Pace(), MONO, list[float]()
    while mono < MONO + seconds:
        if wait := pace.wait(mono):
            mono += wait
            continue
        times.append(mono - MONO)
        pace = pace.started(mono)
        pace = pace.failed() if lifetime is None else pace.succeeded(lifetime)
    return times


def test_failures_come_in_a_burst_and_then_every_2_s() -> None:
    """Eight at once, for as long as a request is held; 30 a minute after that."""
    assert attempts(None, 5) == [0.0] * 8 + [2.0, 4.0]


@pytest.mark.parametrize(
    ("lifetime", "apart"), [(0.1, 0.5), (1.5, 0.5), (8, 2), (20, 5), (3600, 5)]
)
def test_tokens_are_requested_a_quarter_of_their_life_apart(
    lifetime: float, apart: float
) -> None:
    """After a burst of five; at least half a second and at most five."""
    times = attempts(lifetime, 60)
    assert times[:5] == [0.0] * 5
    gaps = [later - earlier for earlier, later in itertools.pairwise(times[4:])]
    assert gaps == [pytest.approx(apart)] * len(gaps)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 20),
            st.one_of(st.none(), st.floats(0.01, 1e6), st.just(float("inf"))),
            st.floats(0, 10),
        ),
        max_size=200,
    )
)
def test_no_minute_exceeds_the_limits(
    steps: list[tuple[float, float | None, float]],
) -> None:
    """For any answers and any demand."""
    pace, mono = Pace(), MONO
    failed, came = list[float](), list[float]()
    for wait, lifetime, takes in steps:
        mono += wait
        if pace.wait(mono):
            continue
        pace, begun = pace.started(mono), mono
        mono += takes
        if lifetime is None:
            pace = pace.failed()
            failed.append(begun)
        else:
            pace = pace.succeeded(lifetime)
            came.append(begun)
    for begun in failed:
        assert sum(begun <= at < begun + 60 for at in failed) <= 8 + 12 + 1
    for begun in came:
        assert sum(begun <= at < begun + 60 for at in came) <= 3 + 120 + 1
