"""Tests of how long what a platform has confirmed is played without asking it."""

import math

import pytest

from proxy import errors
from proxy.core.http.headers import Fields
from proxy.core.http.offline import Confirmation, Validity, confirmed, is_revoked

NOW = 1_800_000_000.0
WEEK = 604_800.0


@pytest.mark.parametrize(
    ("age", "fresh_seconds", "standing"),
    [
        (0, math.inf, Validity.FRESH),
        (WEEK - 1, math.inf, Validity.FRESH),
        (WEEK, math.inf, Validity.OVER),
        (59, 60, Validity.FRESH),
        (60, 60, Validity.STALE),
        (WEEK - 1, 60, Validity.STALE),
        (WEEK, 60, Validity.OVER),
        (WEEK, 2 * WEEK, Validity.OVER),
        (0, 0, Validity.STALE),
        # The clock was set back, or begins at 1970 after each start.
        (-WEEK, math.inf, Validity.FRESH),
        (-NOW, 60, Validity.FRESH),
    ],
)
def test_it_is_fresh_then_stale_then_over(
    age: float, fresh_seconds: float, standing: Validity
) -> None:
    """The platform's own word counts within the operator's limit."""
    one = Confirmation(NOW - age, fresh_seconds)
    assert one.standing(NOW, WEEK) is standing


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), Confirmation(NOW)),
        ((("Cache-Control", "max-age=60"),), Confirmation(NOW, 60)),
        ((("Cache-Control", "max-age=60"), ("Age", "50")), Confirmation(NOW - 50, 60)),
        ((("Cache-Control", "no-cache"),), Confirmation(NOW, 0)),
        ((("Cache-Control", "no-store"),), None),
        ((("Cache-Control", "private"),), None),
        ((("Vary", "*"),), None),
    ],
)
def test_what_an_answer_confirms(
    headers: Fields, expected: Confirmation | None
) -> None:
    """As a shared cache would; an operator who trusts the playlist overrides it."""
    assert confirmed(headers, NOW, trusted=False) == expected
    assert confirmed(headers, NOW, trusted=True) == Confirmation(NOW)


@pytest.mark.parametrize(
    ("error", "revoked"),
    [
        (errors.RefusedError("x", status=403), True),
        (errors.ChildRefusedError("x", status=401), True),
        (errors.SignatureRefusedError("x", status=403), True),
        (errors.StatusError("x", status=403), True),
        (errors.StatusError("x", status=410), True),
        (errors.PlayerRefusedError("x", status=403), False),
        (errors.StatusError("x", status=404), False),
        (errors.StatusError("x", status=503), False),
        (errors.NotReadyError("x", status=404), False),
        (errors.UnreachableError("x"), False),
        (errors.TokenUnavailableError("x", retry_after=1), False),
        (errors.RedirectRefusedError("x"), False),
        (
            errors.SignatureRefusedError(
                "x", status=404, otherwise=errors.StatusError("x", status=404)
            ),
            False,
        ),
        (errors.ImposterError("x", empty=False, exposed=True, page=True), False),
    ],
)
def test_a_refusal_is_no_outage(
    error: errors.HlsAuthProxyError, *, revoked: bool
) -> None:
    """A captive portal is: it says nothing about the platform."""
    assert is_revoked(error) is revoked
