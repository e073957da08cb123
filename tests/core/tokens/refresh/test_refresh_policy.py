"""When a token is requested again."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.refresh.freshness import Life
from proxy.core.tokens.refresh.refresh_policy import (
    Now,
    Retry,
    backoff,
    due_in,
    progresses,
)

WALL, MONO = 1_800_000_000.0, 1000.0
LIFE = Life.of(WALL, WALL + 1000, draw=0.5)
"""Soft at 750 s, hard at 950 s, unusable at 995 s."""


def at(age: float) -> Now:
    """Return both clocks this long after the token was issued."""
    return Now(WALL + age, MONO + age)


@pytest.mark.parametrize(
    ("failures", "hard", "longest"),
    [
        (1, False, 0.5),
        (2, False, 1.0),
        (4, False, 4.0),
        (4, True, 4.0),
        (5, True, 5.0),
        (99, True, 5.0),
        (5, False, 36.0),
        (5000, False, 36.0),
    ],
)
def test_delays_double_up_to_the_breaker(
    failures: int, longest: float, *, hard: bool
) -> None:
    """Fully jittered at first, then steady probes, faster when time is short."""
    assert backoff(failures, hard=hard, draw=1.0) == pytest.approx(longest)


def test_an_open_breaker_probes_every_30_s_give_or_take_a_fifth() -> None:
    """It never blocks attempts, it only slows them down."""
    assert backoff(5, hard=False, draw=0.0) == pytest.approx(24.0)


@given(st.integers(1, 10_000), st.booleans(), st.floats(0, 1))
def test_no_delay_exceeds_its_cap(failures: int, hard: bool, draw: float) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Five seconds when time is short, 36 s before."""
    assert 0 <= backoff(failures, hard=hard, draw=draw) <= (5 if hard else 36)


def test_a_delay_ends_where_the_hard_window_begins() -> None:
    """Entering it starts an attempt."""
    retry = Retry(failures=9).failed(LIFE, at(940), draw=0.5)
    assert retry == Retry(10, MONO + 950)


LATE = Life.of(WALL, WALL + 7, draw=0.5, lead=5.0)
"""Sent for 2 s, 5 s after it was asked for: the next is urgent from 0.6 s on."""


@pytest.mark.parametrize(("age", "waits"), [(0.1, 0.5), (0.6, 0.5), (6.9, 0.5)])
def test_a_token_that_begins_late_and_ends_no_later_is_replaced_in_time(
    age: float, waits: float
) -> None:
    """After a quarter of the time for which it is used; others wait longer."""
    retry = Retry.after_token(LATE, at(age), progress=False)
    assert retry.at - MONO - age == pytest.approx(waits)
    assert Retry.after_token(LIFE, at(960), progress=False).at == MONO + 965


def test_failures_before_a_token_that_will_begin_late_are_urgent_sooner() -> None:
    """Neither a backoff nor Retry-After reaches past that."""
    late = Life.of(WALL, WALL + 1000, draw=0.5, lead=100.0)
    probed = Retry(failures=9).failed(late, at(840), draw=0.5)
    assert probed == Retry(10, MONO + late.urgent - WALL)
    waits = Retry().failed(late, at(890), draw=0.5, retry_after=20.0)
    assert waits == Retry(1, MONO + late.unusable - WALL - 101, firm=True)


@pytest.mark.parametrize(
    ("life", "age", "ends"),
    [(LIFE, 900, 920), (LIFE, 990, 995), (LIFE, 996, 1016), (None, 0, 20)],
    ids=range(4),
)
def test_r7_retry_after_ends_at_the_unusable_point(
    life: Life | None, age: float, ends: float
) -> None:
    """It applies fully after that point, or if there is no token."""
    retry = Retry().failed(life, at(age), draw=0.5, retry_after=20.0)
    assert retry == Retry(1, MONO + ends, firm=True)


@pytest.mark.parametrize(("asked", "waits"), [(0.01, 1.0), (1e9, 300.0)])
def test_retry_after_is_limited_to_1_s_to_5_minutes(asked: float, waits: float) -> None:
    """Whatever the service sends."""
    retry = Retry().failed(None, at(0), draw=0.5, retry_after=asked)
    assert retry.at == MONO + waits


@pytest.mark.parametrize("asked", [0.0, -5.0])
def test_a_retry_after_in_the_past_is_ignored(asked: float) -> None:
    """The backoff applies as after any other failure."""
    retry = Retry().failed(None, at(0), draw=0.5, retry_after=asked)
    assert retry == Retry().failed(None, at(0), draw=0.5)


@pytest.mark.parametrize(("asked", "waits"), [(5.0, 45.0), (120.0, 120.0)])
def test_a_refusal_that_asks_for_a_longer_wait_gets_it(
    asked: float, waits: float
) -> None:
    """403 with Retry-After: 120."""
    retry = Retry().failed(None, at(0), draw=0.5, recoverable=False, retry_after=asked)
    assert retry == Retry(1, MONO + waits, firm=True)


@pytest.mark.parametrize("life", [None, LIFE])
def test_requests_wait_out_the_backoff_after_a_useless_answer(
    life: Life | None,
) -> None:
    """A waiting request does not cause an earlier call."""
    usual = Retry().failed(life, at(0), draw=0.5)
    useless = Retry().failed(life, at(0), draw=0.5, useless=True)
    assert useless == Retry(usual.failures, usual.at, firm=True)
    assert not usual.firm


@pytest.mark.parametrize("life", [None, LIFE])
def test_r6_a_permanent_error_is_kept_for_30_to_60_s(life: Life | None) -> None:
    """Even in the hard window."""
    for draw, waits in [(0.0, 30.0), (1.0, 60.0)]:
        retry = Retry().failed(life, at(940), draw=draw, recoverable=False)
        assert retry == Retry(1, MONO + 940 + waits, firm=True)


@pytest.mark.parametrize(
    ("age", "waits"), [(760, 50.0), (930, 20.0), (960, 5.0)], ids=str
)
def test_r13_without_progress_the_next_attempt_waits(age: float, waits: float) -> None:
    """A twentieth of the lifetime, at least 30 s, at most until the hard window."""
    retry = Retry.after_token(LIFE, at(age), progress=False)
    assert retry == Retry(at=MONO + age + waits)


def test_r13_short_lives_wait_30_s_without_progress() -> None:
    """A twentieth of a minute would be too often."""
    life = Life.of(WALL, WALL + 300, draw=0.5)
    assert Retry.after_token(life, at(230), progress=False).at == MONO + 260


def test_a_new_token_resets_the_failures() -> None:
    """The breaker closes."""
    assert Retry.after_token(LIFE, at(0), progress=True) == Retry()


@pytest.mark.parametrize(
    ("life", "retry", "age", "waits"),
    [
        (None, Retry(), 0, -math.inf),
        (None, Retry(at=MONO + 7), 0, 7),
        (LIFE, Retry(), 0, 750),
        (LIFE, Retry(), 750, -math.inf),
        (LIFE, Retry(at=MONO + 800), 760, 40),
        (LIFE, Retry(at=MONO + 800), 10, 790),
        (LIFE, Retry(at=MONO + 20), 10, 740),
    ],
    ids=range(7),
)
def test_an_attempt_is_due_when_wanted_and_allowed(
    life: Life | None, retry: Retry, age: float, waits: float
) -> None:
    """From the soft point on, and not before the last failure's delay is over."""
    assert due_in(life, retry, at(age)) == pytest.approx(waits)


@pytest.mark.parametrize(
    ("old", "new", "now", "better"),
    [
        (None, WALL + 60, WALL, True),
        (WALL + 60, WALL + 61, WALL, True),
        (WALL + 60, WALL + 60, WALL, False),
        (WALL + 60, WALL + 59, WALL, False),
        (WALL + 60, WALL - 3540, WALL - 3600, True),
        (math.inf, WALL + 60, WALL, True),
        (math.inf, math.inf, WALL, True),
        (WALL + 60, math.inf, WALL, True),
    ],
    ids=range(8),
)
def test_a_token_is_progress_if_it_ends_later(
    old: float | None, new: float, now: float, *, better: bool
) -> None:
    """After the clock was set back, any is; a known end replaces an unknown one."""

    def life(end: float) -> Life:
        return Life.of(min(now, WALL), None if math.isinf(end) else end, draw=0.5)

    kept = None
    if old is not None:
        kept = Life.of(WALL, None if math.isinf(old) else old, draw=0.5)
    assert progresses(kept, life(new), now=now) is better
