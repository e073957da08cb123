"""The results of attempts that a worker does not know yet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.refresh.refresh_policy import Now
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.workers.token_results import HEARD_SECONDS, Results

DOWN = SourceError("it is down")


def at(seconds: float) -> Now:
    """Return the time this many seconds after the start."""
    return Now(1_800_000_000.0 + seconds, 100.0 + seconds)


def token(number: int, ends: float | None = 60.0) -> Token:
    """Return a token that expires this many seconds after the start."""
    return Token({"token": str(number)}, None if ends is None else at(ends).wall)


def test_without_an_attempt_there_is_no_result() -> None:
    """There is no token either."""
    results = Results()
    assert results.unheard(0, at(0)) is None
    assert results.best(0, at(0)).error is not None


@pytest.mark.parametrize(
    ("age", "known", "heard"),
    [
        (0, 0, True),
        (40, 0, True),
        (0, 1, False),
        (50, 0, False),
        (70, 0, False),
    ],
)
def test_a_fresh_token_goes_to_workers_that_lack_it(
    age: float,
    known: int,
    heard: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Near its expiry the next one is requested instead, for all."""
    results = Results()
    results.came(token(1), at(0), skew=0.5)
    found = results.unheard(known, at(age))
    assert (found is not None) is heard
    if found is not None:
        assert (found.token, found.skew, found.made) == (token(1), 0.5, False)


def test_a_token_without_expiry_is_fresh_for_a_day() -> None:
    """It is replaced when a worker that knows it asks again."""
    results = Results()
    results.came(token(1, ends=None), at(0), skew=None)
    assert results.unheard(0, at(3600)) is not None
    assert results.unheard(1, at(3600)) is None


def test_while_its_service_fails_a_token_is_used_until_it_expires() -> None:
    """The worker that asked gets the failure; later another attempt is made."""
    results = Results()
    results.came(token(1), at(0), skew=None)
    results.failed(DOWN, at(50))
    for known, expected in ((0, "1"), (1, "it is down")):
        found = results.unheard(known, at(51))
        assert found is not None
        told = found.token.fields["token"] if found.token else str(found.error)
        assert told == expected
    assert results.unheard(0, at(50 + HEARD_SECONDS)) is None
    assert results.best(0, at(55)).token == token(1)
    assert str(results.best(0, at(60)).error) == "it is down"


@given(
    st.lists(st.tuples(st.sampled_from(["came", "failed"]), st.floats(0.1, 40))),
    st.integers(0, 30),
)
def test_no_worker_gets_the_same_result_twice(
    steps: list[tuple[str, float]], known: int
) -> None:
    """A worker that knows the newest gets none, so an attempt is made."""
    results, now = Results(), 0.0
    for number, (step, passes) in enumerate(steps, 1):
        if step == "came":
            results.came(token(number, now + 60), at(now), skew=None)
        else:
            results.failed(DOWN, at(now))
        now += passes
        assert results.number == number
        assert results.unheard(number, at(now)) is None
        found = results.unheard(known, at(now))
        assert found is None or known < found.number <= number
        best = results.best(known, at(now))
        assert best.token or best.error
        if best.token and known < number:
            assert best.number > known
