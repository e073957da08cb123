"""What a keeper reports about its attempts."""

import math

import pytest

from proxy.core.tokens.refresh.freshness import Life
from proxy.errors import SourceError
from proxy.events.refresh import Outcome, Reason, Refresh
from proxy.tokens.keepers.telling import Teller
from tests.tokens.scripted import Reports


def test_a_token_is_reported_with_its_lifetime(reports: Reports) -> None:
    """It is None if unknown, so that no reader has to handle infinity."""
    teller = Teller(stream="lobby", report=reports)
    for ends, lives in [(60.0, 60.0), (None, None)]:
        life = Life.of(0.0, ends, draw=0.5)
        assert math.isinf(life.lifetime) is (lives is None)
        teller.came(Outcome.MINTED, life, generation=3)
        assert reports.all[-1] == Refresh(
            "lobby", Outcome.MINTED, generation=3, lives=lives
        )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SourceError("broken"), Reason.FAULT),
        (SourceError("429", retry_after=20), Reason.ASKED_TO_WAIT),
        (SourceError("invalid_grant", recoverable=False), Reason.PERMANENT),
    ],
    ids=str,
)
def test_a_failure_is_reported_with_its_reason(
    reports: Reports, error: SourceError, reason: Reason
) -> None:
    """The message is for the log, the reason for the metrics."""
    Teller(stream="lobby", report=reports).failed(error, generation=2)
    told = Refresh(
        "lobby", Outcome.FAILED, generation=2, reason=reason, detail=str(error)
    )
    assert reports.all == [told]


def test_other_events_are_reported_too(reports: Reports) -> None:
    """A step of the clock, and that refreshing is blocked."""
    teller = Teller(stream="lobby", report=reports)
    teller.happened(Outcome.CLOCK_JUMPED, generation=1)
    assert reports.all == [Refresh("lobby", Outcome.CLOCK_JUMPED, generation=1)]
