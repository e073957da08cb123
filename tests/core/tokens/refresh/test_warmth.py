"""Whether a token is kept fresh while nobody plays."""

import math

import pytest

from proxy.core.tokens.refresh.warmth import FAILING_SECONDS, PLAYED_SECONDS, Warmth

HOUR = 3600.0


@pytest.mark.parametrize(
    ("now", "wanted"), [(0, True), (599, True), (600, False), (HOUR, False)]
)
def test_a_stream_counts_as_played_for_ten_minutes(now: float, *, wanted: bool) -> None:
    """After the last request of a player."""
    assert Warmth(0.0, played_at=0.0).wanted(now) is wanted
    assert Warmth(0.0, always=True).wanted(now)
    assert not Warmth(0.0).wanted(now)


@pytest.mark.parametrize(
    ("now", "had", "failing", "rest"),
    [
        (10.0, False, False, 0.0),
        (HOUR, False, False, 0.0),
        (10.0, True, False, math.inf),
        (HOUR, True, False, math.inf),
        (PLAYED_SECONDS - 1, False, True, 0.0),
        (PLAYED_SECONDS, False, True, FAILING_SECONDS - 1),
        (HOUR, True, True, FAILING_SECONDS - 1),
    ],
    ids=[
        "the first token, at the start",
        "the first token, whose turn comes late",
        "one token came",
        "one came long ago",
        "the first token, which fails",
        "it fails for long",
        "it came once, and fails",
    ],
)
def test_what_is_requested_while_nobody_plays(
    now: float, rest: float, *, had: bool, failing: bool
) -> None:
    """One token; a failure is retried, after a while only rarely."""
    warmth = Warmth(0.0)
    assert warmth.rest(now, had=had, failing=failing, started=now - 1) == rest
