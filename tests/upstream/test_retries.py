"""Patience: how often, how soon, and how often in all."""

import random

from proxy.upstream.retries import MAX_AGE_SECONDS, MAX_BALANCE, Budget, Patience


def patience(budget: Budget | None = None, seed: int = 0) -> Patience:
    """Return the patience of a question asked at second 100."""
    rng = random.Random(seed)  # noqa: S311 - delays that repeat
    return Patience(budget or Budget(), rng, since=100.0)


def test_two_retries_and_no_more() -> None:
    """The third failure is final."""
    asked = patience(Budget(MAX_BALANCE))
    assert [asked.delay(100.0) is None for _ in range(4)] == [False, False, True, True]


def test_delays_are_short_and_full_of_jitter() -> None:
    """Players that failed together do not return together."""
    waits = [patience(seed=seed) for seed in range(50)]
    first = [wait.delay(100.0) or 0.0 for wait in waits]
    second = [wait.delay(100.1) or 0.0 for wait in waits]
    assert max(first) <= 0.1
    assert max(second) <= 0.4
    assert len(set(first)) == len(set(second)) == 50


def test_an_old_question_is_not_asked_again() -> None:
    """The player would not wait for it."""
    assert patience().delay(100.0 + MAX_AGE_SECONDS) is not None
    assert patience().delay(100.1 + MAX_AGE_SECONDS) is None


def test_at_most_a_fifth_of_the_requests_are_retries() -> None:
    """However long an upstream is down; the first two come on credit."""
    budget, retries = Budget(), 0
    for _ in range(1000):
        budget.earn()
        asked = patience(budget)
        while asked.delay(100.0) is not None:
            retries += 1
    assert 200 <= retries <= 202


def test_good_times_are_not_saved_up_without_end() -> None:
    """After a million good requests an outage still begins with few retries."""
    budget = Budget()
    for _ in range(1_000_000):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) == MAX_BALANCE
