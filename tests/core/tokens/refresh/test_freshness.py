"""The phases of a token's life."""

import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.refresh.freshness import (
    Life,
    Phase,
    hard_window,
    jumped,
    margin,
    tick,
)

NOW = 1_800_000_000.0
DAY = 86_400.0


def life_of(lifetime: float, draw: float = 0.5) -> Life:
    """Return the life of a token that was issued now."""
    return Life.of(NOW, NOW + lifetime, draw=draw)


@pytest.mark.parametrize(
    ("age", "phase"),
    [
        (-5, Phase.FRESH),
        (-5.1, Phase.SOFT),
        (0, Phase.FRESH),
        (44.9, Phase.FRESH),
        (45, Phase.SOFT),
        (56.9, Phase.SOFT),
        (57, Phase.HARD),
        (58.7, Phase.HARD),
        (58.9, Phase.UNUSABLE),
        (60, Phase.UNUSABLE),
        (1e6, Phase.UNUSABLE),
    ],
)
def test_a_token_of_60_s_goes_through_its_phases(age: float, phase: Phase) -> None:
    """Soft at 45 s for an average draw, hard at 57 s, unusable at 58.8 s.

    If the clock is set back by more than 5 s, a refresh is due.
    """
    assert life_of(60).phase(NOW + age) is phase


@pytest.mark.parametrize(
    ("lifetime", "window", "kept_back", "looked_at"),
    [
        (1, 0.2, 0.1, 1),
        (6, 1.2, 0.6, 1),
        (20, 2, 1, 1),
        (60, 3, 1.2, 3),
        (250, 12.5, 5, 12.5),
        (3600, 60, 5, 15),
        (math.inf, 60, 5, 15),
    ],
)
def test_the_lengths_are_fractions_within_bounds(
    lifetime: float, window: float, kept_back: float, looked_at: float
) -> None:
    """5 % between 2 and 60 s, 2 % between 1 and 5 s, a twentieth between 1 and 15 s.

    Never more than a fifth of the life, or a tenth.
    """
    assert hard_window(lifetime) == pytest.approx(window)
    assert margin(lifetime) == pytest.approx(kept_back)
    assert tick(lifetime) == pytest.approx(looked_at)


@pytest.mark.parametrize(("draw", "soft"), [(0.0, 42), (0.5, 45), (1.0, 48)])
def test_r1_the_soft_point_is_drawn_between_42_and_48_of_60_s(
    draw: float, soft: float
) -> None:
    """In proportion to the lifetime, so that a fleet spreads."""
    assert life_of(60, draw).soft == pytest.approx(NOW + soft)


def test_r12_a_thousand_instances_spread_their_refreshes() -> None:
    """Over 360 s of an hour, and no 10 s hold more than 5 % of them."""
    rng = random.Random(12)  # noqa: S311 - draws that repeat
    ages = [life_of(3600, rng.random()).soft - NOW for _ in range(1000)]
    assert 2520 <= min(ages) < max(ages) <= 2880
    assert max(ages) - min(ages) > 350
    assert max(Counter(int(age // 10) for age in ages).values()) <= 50


@pytest.mark.parametrize(
    ("advice", "soft"),
    [
        *((20.0, 20), (50.0, 50), (0.0, 45), (-1.0, 45), (60.0, 45), (1e9, 45)),
        *((0.001, 15), (14.0, 15), (59.9, 57)),
    ],
)
def test_the_advice_of_the_server_applies_within_the_lifetime(
    advice: float, soft: float
) -> None:
    """`refresh_in` overrides the fraction unless it makes no sense.

    Not before a quarter of the life, nor after the hard point.
    """
    life = Life.of(NOW, NOW + 60, draw=0.5, refresh_in=advice)
    assert life.soft == pytest.approx(NOW + soft)


def test_advice_for_an_unknown_lifetime_is_at_least_30_s() -> None:
    """Nothing else limits it."""
    for advice, soft in [(0.001, 30.0), (600.0, 600.0)]:
        life = Life.of(NOW, None, draw=0.5, refresh_in=advice)
        assert life.soft == NOW + soft


@pytest.mark.parametrize(
    ("lifetime", "takes", "soft"),
    [(60, 0.5, 45), (6, 0.6, 4.2), (6, 1.5, 2.4), (1.5, 0.3, 0.75), (2, 5, 0.5)],
)
def test_a_slow_refresh_begins_earlier(
    lifetime: float, takes: float, soft: float
) -> None:
    """Twice its duration before the end, but not before a quarter of the life."""
    life = Life.of(NOW, NOW + lifetime, draw=0.5, takes=takes)
    assert life.soft == pytest.approx(NOW + soft)


@pytest.mark.parametrize("expires_at", [None, NOW + 30 * DAY])
def test_a_refresh_is_due_after_a_day(expires_at: float | None) -> None:
    """For a longer or unknown lifetime."""
    life = Life.of(NOW, expires_at, draw=0.5)
    assert life.phase(NOW + DAY - 1) is Phase.FRESH
    assert life.phase(NOW + DAY) is Phase.SOFT


def test_unknown_expiry_never_makes_a_token_unusable() -> None:
    """It is used until it is refused."""
    life = Life.of(NOW, None, draw=0.5)
    assert life.phase(NOW + 1000 * DAY) is Phase.SOFT
    assert life.phase(NOW + 1000 * DAY, skew=1e9) is Phase.SOFT
    assert (life.ends, life.short) == (math.inf, False)


@pytest.mark.parametrize(
    ("skew", "age", "phase"),
    [
        (10, 35, Phase.SOFT),
        (10, 47, Phase.HARD),
        (10, 49, Phase.UNUSABLE),
        (-10, 58.9, Phase.UNUSABLE),
        (3600, 0, Phase.FRESH),
        (3600, 28, Phase.HARD),
        (3600, 29, Phase.UNUSABLE),
    ],
)
def test_skew_shortens_a_life_by_half_at_most(
    skew: float, age: float, phase: Phase
) -> None:
    """It never extends it, and even a clock an hour off leaves some of it."""
    assert life_of(60).phase(NOW + age, skew=skew) is phase


@given(
    lifetime=st.floats(min_value=0.1, max_value=1e9),
    draw=st.floats(min_value=0, max_value=1, exclude_max=True),
    ages=st.tuples(st.floats(0, 2e9), st.floats(0, 2e9)),
    skew=st.floats(-1e6, 1e6),
)
def test_phases_only_go_forward(
    lifetime: float, draw: float, ages: tuple[float, float], skew: float
) -> None:
    """Only the last one reaches into the margin before the end."""
    life = life_of(lifetime, draw)
    assert life.issued < life.soft <= life.hard + 1e-6 < life.unusable + 1e-5
    first, second = (life.phase(NOW + age, skew=skew) for age in sorted(ages))
    assert first <= second
    if NOW + max(ages) >= life.ends - margin(lifetime) + 1e-6:
        assert second is Phase.UNUSABLE


@given(
    lifetime=st.floats(1, 1e6),
    skew=st.floats(-1e6, 1e6),
    off=st.floats(0.001, 1e6),
)
def test_a_life_knows_when_it_becomes_unusable(
    lifetime: float, skew: float, off: float
) -> None:
    """Neither earlier nor later."""
    life = life_of(lifetime)
    until = life.until(skew=skew)
    assert until is not None
    assert life.phase(until + off, skew=skew) is Phase.UNUSABLE
    assert life.phase(until - off, skew=skew) is not Phase.UNUSABLE
    assert Life.of(NOW, None, draw=0.5).until(skew=skew) is None


@pytest.mark.parametrize(("lifetime", "short"), [(29.9, True), (30, False)])
def test_below_30_s_a_life_is_short(lifetime: float, *, short: bool) -> None:
    """Such tokens are made per request where they are signed here."""
    assert life_of(lifetime).short is short


@pytest.mark.parametrize(
    ("moved", "told"), [(0, False), (5, False), (-5, False), (5.1, True), (-7200, True)]
)
def test_a_jump_is_more_than_5_s(moved: float, *, told: bool) -> None:
    """Drift and small corrections are not jumps."""
    assert jumped(NOW, NOW + moved) is told


@pytest.mark.parametrize(
    ("lasts", "lead", "soft"),
    [(10, 5, 3.5), (65, 5, 48.75), (6, 5, 0.25), (10, 0, 7.5), (10, 10, 7.5)],
)
def test_a_known_lead_brings_the_refresh_forward(
    lasts: float, lead: float, soft: float
) -> None:
    """The next one's nbf, rounded up to a second, is before the end of this one."""
    life = Life.of(NOW, NOW + lasts, draw=0.5, lead=lead)
    assert life.soft == pytest.approx(NOW + soft)
    assert life.unusable == pytest.approx(NOW + lasts - margin(life.valid))


@pytest.mark.parametrize(
    ("lasts", "lead", "urgent"),
    [(10, 5, 3.0), (7, 5, 0.6), (65, 5, 56.0), (60, 0, 57.0), (None, 0, math.inf)],
)
def test_a_token_that_will_begin_late_is_urgent_earlier(
    lasts: float | None, lead: float, urgent: float
) -> None:
    """Otherwise at the hard point."""
    ends = None if lasts is None else NOW + lasts
    life = Life.of(NOW, ends, draw=0.5, lead=lead)
    assert life.urgent == pytest.approx(NOW + urgent)
    assert life.ahead == (lead + 1 if lead else 0)
