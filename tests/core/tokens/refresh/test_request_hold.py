"""How long a request waits when there is no token."""

import pytest

from proxy.core.tokens.refresh.refresh_policy import Retry
from proxy.core.tokens.refresh.request_hold import Hold

NOTICED = 1000.0
SOON = Retry(1, NOTICED + 30)
ASKED = Retry(1, NOTICED + 5, firm=True)
HOPELESS = Retry(1, NOTICED + 40, firm=True)


@pytest.mark.parametrize(
    ("now", "flying", "retry", "started", "waits"),
    [
        (0, False, Retry(), -100, 0),
        (0, False, SOON, 0, 1),
        (0.4, False, SOON, 0, 0.6),
        (3, False, SOON, 0.5, 0),
        (6.9, False, SOON, 6.5, 0.6),
        (7, False, SOON, 7, None),
        (8, False, SOON, 0, None),
        (1, False, ASKED, 0, 4),
        (1, False, HOPELESS, 0, None),
        (0, True, SOON, 0, 8),
        (7, True, SOON, 7, 1),
        (8, True, SOON, 7, None),
    ],
    ids=range(12),
)
def test_attempts_start_a_second_apart_for_8_s(
    now: float, retry: Retry, started: float, waits: float | None, *, flying: bool
) -> None:
    """Not sooner than the service allows, and only if an attempt can help."""
    patience = Hold(NOTICED, NOTICED).patience(
        NOTICED + now, flying=flying, retry=retry, started=NOTICED + started
    )
    assert patience == (None if waits is None else pytest.approx(waits))


@pytest.mark.parametrize(
    ("started", "now", "waits"), [(7, 7, 2), (60, 60, 2), (60, 61, 1), (60, 62, None)]
)
def test_after_8_s_requests_wait_for_a_running_attempt_only_briefly(
    started: float, now: float, waits: float | None
) -> None:
    """For 2 s from its start, so that a hanging attempt delays nobody longer."""
    patience = Hold(NOTICED, NOTICED + now).patience(
        NOTICED + now, flying=True, retry=SOON, started=NOTICED + started
    )
    assert patience == waits


@pytest.mark.parametrize(("pace", "waits"), [(0.5, 1), (4, 4), (7.9, 7.9), (8, None)])
def test_no_attempt_starts_sooner_than_the_pace_allows(
    pace: float, waits: float | None
) -> None:
    """However long requests have waited."""
    patience = Hold(NOTICED, NOTICED).patience(
        NOTICED, flying=False, retry=SOON, started=NOTICED, pace=pace
    )
    assert patience == (None if waits is None else pytest.approx(waits))
