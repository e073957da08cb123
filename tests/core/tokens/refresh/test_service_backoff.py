"""When a service may be called again, by all streams with the same configuration."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.refresh.pace import TRIES_BURST, TRY_SECONDS
from proxy.core.tokens.refresh.refresh_policy import RETRY_AFTER_CAP_SECONDS, Now
from proxy.core.tokens.refresh.service_backoff import STRANGER_SECONDS, ServiceBackoff


def at(mono: float, *, ahead: float = 0.0) -> Now:
    """Return a moment; `ahead` is how far the wall clock has jumped."""
    return Now(1_800_000_000.0 + mono + ahead, mono)


def failed(times: int, mono: float = 0.0) -> ServiceBackoff:
    """Return the state of a service that failed this often."""
    standing = ServiceBackoff()
    for _ in range(times):
        counted = standing.failing
        standing = standing.started(mono).failed(at(mono), counted=counted)
    return standing


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (60.0, 60.0),
        (0.5, 1.0),
        (1e9, RETRY_AFTER_CAP_SECONDS),
        (0.0, 0.0),
        (-3600.0, 0.0),
        (None, 0.0),
    ],
)
def test_a_requested_pause_is_kept(asked: float | None, waits: float) -> None:
    """Within limits, by all; one in the past is ignored."""
    standing = ServiceBackoff().failed(at(0), counted=False, retry_after=asked)
    assert standing.wait(at(0)) == standing.paused(at(0)) == waits
    assert standing.wait(at(waits)) == 0


def test_an_answer_to_one_member_does_not_end_the_pause_of_all() -> None:
    """If its attempt was already running when the service requested the pause."""
    standing = (
        ServiceBackoff().failed(at(0), counted=False, retry_after=60.0).answered()
    )
    assert standing.wait(at(20)) == 40


def test_a_shorter_pause_does_not_shorten_a_longer_one() -> None:
    """Answers may overtake each other."""
    standing = ServiceBackoff().failed(at(0), counted=False, retry_after=60.0)
    assert standing.failed(at(1), counted=True, retry_after=5.0).paused(at(1)) == 59


def test_a_pause_ends_while_the_machine_sleeps() -> None:
    """The monotonic clock stops then."""
    standing = ServiceBackoff().failed(at(0), counted=False, retry_after=60.0)
    assert standing.wait(at(1, ahead=30)) == 59
    assert standing.wait(at(1, ahead=60)) == 0
    assert standing.wait(at(1, ahead=-3600)) == 59


def test_repeated_failures_are_retried_as_by_one_stream() -> None:
    """A few at once, then steadily."""
    assert failed(int(TRIES_BURST) - 1).wait(at(0)) == 0
    down = failed(int(TRIES_BURST))
    assert down.wait(at(0)) == TRY_SECONDS
    probing = down.started(TRY_SECONDS)
    assert probing.wait(at(TRY_SECONDS)) == TRY_SECONDS


def test_the_first_answer_ends_the_backoff_for_all() -> None:
    """A refusal of one member too, because the service answers again."""
    assert failed(int(TRIES_BURST)).answered().wait(at(0)) == 0


def test_while_it_answers_nothing_is_limited() -> None:
    """However many calls are running."""
    standing = ServiceBackoff()
    for _ in range(1000):
        standing = standing.started(0.0)
    assert standing.wait(at(0)) == 0


def test_members_that_had_a_token_go_first() -> None:
    """Only while it fails, and the bucket is nearly empty."""
    assert ServiceBackoff().wait(at(0), stranger=True) == 0
    down = failed(int(TRIES_BURST))
    assert down.wait(at(0), stranger=True) == TRY_SECONDS + STRANGER_SECONDS
    later = at(TRY_SECONDS)
    assert down.wait(later) == 0
    assert down.wait(later, stranger=True) == STRANGER_SECONDS
    assert down.wait(at(TRY_SECONDS + STRANGER_SECONDS), stranger=True) == 0


@given(
    st.lists(
        st.tuples(
            st.floats(0, 20),
            st.booleans(),
            st.one_of(st.none(), st.floats(-10, 1000, allow_nan=False)),
        ),
        max_size=60,
    )
)
def test_a_failing_service_is_never_called_more_often(
    steps: list[tuple[float, bool, float | None]],
) -> None:
    """A burst and 30 calls a minute, and none during a pause."""
    standing, mono, asked, pause = ServiceBackoff(), 0.0, 0, -math.inf
    for passed, stranger, retry_after in steps:
        mono += passed
        if standing.wait(at(mono), stranger=stranger):
            continue
        assert mono >= pause - 0.01
        asked += 1
        counted = standing.failing
        standing = standing.started(mono).failed(
            at(mono), counted=counted, retry_after=retry_after
        )
        if retry_after is not None and retry_after > 0:
            wait = max(1.0, min(retry_after, RETRY_AFTER_CAP_SECONDS))
            pause = max(pause, mono + wait)
    assert asked <= TRIES_BURST + mono / TRY_SECONDS + 0.01
