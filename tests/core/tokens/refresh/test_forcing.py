"""How many refreshes a refusal may force."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.core.tokens.refresh.forcing import Forced, Forcing

WALL, MONO = 1_800_000_000.0, 1000.0


def verdicts(forcing: Forcing, times: list[float]) -> tuple[list[Forced], Forcing]:
    """Return the verdicts on refusals at these times."""
    found = []
    for mono in times:
        verdict, forcing = forcing.take(mono)
        found.append(verdict)
    return found, forcing


def test_r10_the_bucket_gives_two_at_once_and_one_per_half_minute() -> None:
    """As long as requests are accepted in between."""
    forcing = Forcing()
    found, forcing = verdicts(forcing, [MONO] * 3)
    assert found == [Forced.REFRESH, Forced.REFRESH, Forced.TOO_SOON]
    forcing = forcing.accepted()
    found, forcing = verdicts(forcing, [MONO + 29, MONO + 30, MONO + 31])
    assert found == [Forced.TOO_SOON, Forced.REFRESH, Forced.TOO_SOON]


def test_tokens_that_expire_within_seconds_are_each_replaced() -> None:
    """Each was accepted until it expired, so no refresh was fruitless."""
    forcing = Forcing()
    for mono in range(1000, 2000, 8):
        verdict, forcing = forcing.take(mono)
        assert verdict is Forced.REFRESH
        forcing = forcing.accepted()


def test_a_refresh_that_only_helps_others_counts_as_fruitless() -> None:
    """The entry accepts it, but the segments never do: two calls a minute."""
    forcing, taken = Forcing(), []
    for tenth in range(3000):
        verdict, forcing = forcing.take(MONO + tenth / 10)
        if verdict is Forced.REFRESH:
            taken.append(tenth / 10)
        forcing = forcing.accepted()
    assert all(sum(at <= one < at + 60 for one in taken) <= 4 for at in taken)
    assert len(taken) <= 2 + 300 / 30


def test_r10_three_fruitless_refreshes_stop_them_for_a_minute() -> None:
    """Then one more is allowed; if it is fruitless, they stop again."""
    times = [0, 0, 30, 31, 32, 90.9, 91.0, 91.1, 91.2, 151.1, 151.2]
    found, _ = verdicts(Forcing(), [MONO + time for time in times])
    assert [verdict.name for verdict in found] == [
        *("REFRESH", "REFRESH", "REFRESH", "REJECTED", "TOO_SOON", "TOO_SOON"),
        *("REFRESH", "REJECTED", "TOO_SOON", "REFRESH", "REJECTED"),
    ]


def test_fruitless_doubts_reject_no_token() -> None:
    """A stream that has not started is not a geo-block."""
    forcing = Forcing()
    for minute in range(10):
        verdict, forcing = forcing.take(MONO + 60 * minute, doubt=True)
        assert verdict is Forced.REFRESH
    assert forcing.take(MONO + 600)[0] is Forced.REFRESH


@given(
    st.lists(st.tuples(st.floats(0, 30), st.booleans()), min_size=1, max_size=80),
)
def test_r10_no_minute_sees_more_than_three(waits: list[tuple[float, bool]]) -> None:
    """For any refusals and doubts, as long as none is accepted."""
    forcing, mono, taken = Forcing(), MONO, []
    for wait, doubt in waits:
        mono += wait
        verdict, forcing = forcing.take(mono, doubt=doubt)
        if verdict is Forced.REFRESH:
            taken.append(mono)
    for begun in taken:
        assert sum(begun <= time < begun + 60 for time in taken) <= 3
