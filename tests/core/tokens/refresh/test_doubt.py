"""Whether a token may have expired unnoticed."""

import pytest

from proxy.core.tokens.refresh.doubt import Doubt


@pytest.mark.parametrize(
    ("mono", "age", "due"),
    [(100.0, 4.9, False), (100.0, 5.0, True), (100.0, 3600.0, True)],
)
def test_a_new_token_is_not_doubted(mono: float, age: float, *, due: bool) -> None:
    """Nothing was accepted so far."""
    assert Doubt().due(mono, age=age) is due


def test_a_token_that_was_accepted_is_doubted_after_a_while() -> None:
    """However old it is."""
    doubt = Doubt.accepted(100.0)
    assert [doubt.due(mono, age=900.0) for mono in (104.9, 105.0)] == [False, True]


def test_a_stream_that_has_not_started_costs_ever_fewer_tokens() -> None:
    """In the end one every ten minutes; an accepted request resets that."""
    doubt, at = Doubt(), list[int]()
    for mono in range(3600):
        if doubt.due(mono, age=900.0):
            at.append(mono)
            doubt = doubt.doubted(mono)
    assert at == [0, 30, 90, 210, 450, 930, 1530, 2130, 2730, 3330]
    assert Doubt.accepted(3600.0).due(3605.0, age=5.0)
