"""What clocks that are ahead of ours mean for a token."""

import pytest

from proxy.core.tokens.refresh.freshness import Life, Phase
from proxy.core.tokens.refresh.skews import Skews
from proxy.core.tokens.token import Token

NOW = 1_800_000_000.0
LIFE = Life.of(NOW, NOW + 100, draw=0.5)
"""Unusable at 98 s."""


@pytest.mark.parametrize(
    ("issuer", "upstream", "skew"),
    [(None, None, 0.0), (9.0, None, 9.0), (9.0, 2.0, 2.0), (None, 2.0, 2.0)],
)
def test_the_upstreams_clock_takes_precedence(
    issuer: float | None, upstream: float | None, skew: float
) -> None:
    """It is the one that judges the token."""
    assert Skews(upstream, issuer).judging == skew


def test_each_measurement_moves_the_mean_of_its_clock() -> None:
    """By a fifth; the first one counts fully."""
    skews = Skews().measured(10.0).measured(20.0).measured(-4.0, issuer=True)
    assert (skews.upstream, skews.issuer) == (12.0, -4.0)


def test_the_issuers_skew_is_not_applied_twice() -> None:
    """No other skew shortens an end by the upstream's clock."""
    dated = Life.of(NOW, NOW + 10, draw=0.5, dated=0.0)
    skews = Skews(issuer=5.0)
    assert (skews.of(dated), skews.of(LIFE), skews.of(None)) == (0.0, 5.0, 5.0)
    skews = skews.measured(2.0)
    assert (skews.of(dated), skews.of(LIFE)) == (2.0, 2.0)


def test_a_life_ends_by_the_clock_that_judges_the_token() -> None:
    """If that clock is ahead, it ends sooner by ours."""
    skews = Skews(upstream=30.0)
    assert skews.until(LIFE) == NOW + 68
    assert skews.phase(LIFE, NOW + 67) is Phase.HARD
    assert skews.phase(LIFE, NOW + 68) is Phase.UNUSABLE


def test_begin_and_end_of_a_token_use_the_upstreams_clock() -> None:
    """The issuer's clock is only used for a late begin."""
    token = Token({}, NOW + 60, not_before=NOW + 20, ends_there=NOW + 80)
    assert Skews().begin(token, NOW) == float("-inf")
    assert Skews(issuer=0.0).begin(token, NOW) == NOW + 20
    assert Skews(upstream=4.0, issuer=0.0).begin(token, NOW) == NOW + 16.5
    assert Skews(upstream=4.0).ending(token, NOW) == (NOW + 76, 4.0)
    assert Skews(issuer=4.0).ending(token, NOW) == (NOW + 80, 0.0)
