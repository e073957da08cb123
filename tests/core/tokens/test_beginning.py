"""From when on a token may be sent."""

import math

import pytest

from proxy.core.tokens.beginning import begins

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("ahead", "skew", "starts"),
    [
        (None, None, -math.inf),
        (5, None, 5),
        (-60, None, -60),
        (8.1, None, -math.inf),
        (8.1, 0.0, 8.1),
        (5, 0.9, 5),
        (5, -0.9, 5),
        (5, 3.0, 2.5),
        (5, -3.0, 8.5),
        (600, 600.0, 0.5),
    ],
)
def test_the_clock_of_the_upstream_counts(
    ahead: float | None, skew: float | None, starts: float
) -> None:
    """Where it is not known, ours; but not for longer than a request waits."""
    not_before = None if ahead is None else NOW + ahead
    found = begins(not_before, skew=skew, now=NOW)
    assert found - NOW == pytest.approx(starts)
