"""When a token may be sent for the first time."""

import math

import pytest

from proxy.core.tokens.refresh.not_before import begins, ending
from proxy.core.tokens.token import Token

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
def test_the_clock_of_the_upstream_decides(
    ahead: float | None, skew: float | None, starts: float
) -> None:
    """If it is unknown, ours does, but not for longer than a request waits."""
    not_before = None if ahead is None else NOW + ahead
    found = begins(not_before, skew=skew, now=NOW)
    assert found - NOW == pytest.approx(starts)


@pytest.mark.parametrize(
    ("ahead", "issuer", "starts"),
    [(5, 5.0, 5), (12, 0.0, 12), (12, 0.9, 12), (600, 600.0, 0.5), (600, 300.0, 300.5)],
)
def test_a_late_begin_is_judged_by_the_issuers_clock(
    ahead: float, issuer: float, starts: float
) -> None:
    """If that agrees with ours, the token is really not valid yet."""
    found = begins(NOW + ahead, skew=None, issuer=issuer, now=NOW)
    assert found - NOW == pytest.approx(starts)


@pytest.mark.parametrize(
    ("start", "there", "skew", "end"),
    [
        (5, 10, None, (10, 0.0)),
        (5, 10, 0.5, (9.5, 0.5)),
        (5, 10, -0.5, (10, -0.5)),
        (5, 10, 5.0, (5, 5.0)),
        (5, 10, -5.0, (14.5, -5.0)),
        (0, 10, 5.0, (7, None)),
        (5, None, 5.0, (7, None)),
        (None, 10, 5.0, (7, None)),
    ],
)
def test_begin_and_end_use_the_same_clock(
    start: float | None,
    there: float | None,
    skew: float | None,
    end: tuple[float, float | None],
) -> None:
    """Ours, while the upstream's is unknown."""
    token = Token(
        {"token": "t"},
        NOW + 7,
        not_before=None if start is None else NOW + start,
        ends_there=None if there is None else NOW + there,
    )
    found, by = ending(token, skew=skew, now=NOW)
    assert found is not None
    assert found - NOW == pytest.approx(end[0])
    assert by == end[1]
