"""A stream keeper whose source fails, by R3, R4, R6 and R7."""

import asyncio

import pytest

from proxy.errors import SourceError
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    Asked,
    Reports,
    ScriptedSource,
    asking,
    gaps,
    keeper_of,
    once_keeper_of,
)


async def test_r3_an_outage_until_the_last_second_fails_no_request(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """The old token is used while allowed; requests in its last second wait."""
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        await clock.advance(40)
        source.failure = UNREACHABLE
        asked = []
        for _ in range(38):
            asked.append(asyncio.create_task(asking(clock, keeper.token)))
            await clock.advance(0.5)
        await clock.advance(0.1)
        source.failure = None
        await clock.advance(2)
        answers = [await each for each in asked]
    assert [answer for answer in answers if answer.error] == []
    assert max(answer.seconds for answer in answers) <= 1.5
    assert reports.outcomes["failed"] >= 3


async def test_r3_failed_attempts_follow_the_backoff_and_end_in_the_hard_window(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """With a token of 1000 s: probes when the breaker is open, an attempt at 950 s."""
    source.lifetime = 1000.0
    begun = clock.mono()
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(600)
        source.failure = UNREACHABLE
        await clock.advance(349.9)
        soft = [at - begun for at in source.asked[1:]]
        await clock.advance(0.1)
        assert source.asked[-1] - begun == pytest.approx(950)
        await clock.advance(39)
    probes = gaps(soft[5:])
    assert probes
    assert all(24 <= gap <= 36 for gap in probes)
    hard = [at for at in source.asked if at >= begun + 950]
    assert {round(gap, 3) for gap in gaps(hard)} == {5.0}


async def test_r4_a_long_outage_fails_fast_and_never_with_an_expired_token(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Requests wait for 8 s from the unusable point, then fail at once."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(30)
        source.failure = UNREACHABLE
        asked: list[tuple[int, asyncio.Task[Asked]]] = []
        for second in range(30, 120):
            asked.append((second, asyncio.create_task(asking(clock, keeper.token))))
            await clock.advance(1)
        for second, task in asked:
            answer = await task
            if answer.kept is not None:
                assert answer.left >= 1.2
            else:
                assert answer.seconds <= (0.1 if second >= 58.8 + 8 else 8.1)
                assert answer.error is not None
                assert answer.error.retry_after >= 1
        source.failure = None
        back = clock.mono()
        await clock.advance(5)
        assert keeper.usable
        assert source.asked[-1] - back <= 5


async def test_r4_held_requests_make_attempts_a_second_apart(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Eight seconds, one attempt each, whatever the backoff says."""
    source.failure = UNREACHABLE
    keeper = keeper_of(source, clock)
    held = [asyncio.create_task(asking(clock, keeper.token)) for _ in range(20)]
    await clock.advance(10)
    assert {(await each).seconds for each in held} == {7.0}
    assert set(gaps(source.asked)) == {1.0}
    assert len(source.asked) == 8


@pytest.mark.parametrize("once", [False, True], ids=["kept", "once"])
async def test_r4_a_service_with_useless_answers_is_not_called_each_second(
    clock: FakeClock, source: ScriptedSource, *, once: bool
) -> None:
    """It answers, so a waiting request waits for the backoff, and then fails."""
    source.failure = SourceError("answered 302", useless=True)
    keeper = (once_keeper_of if once else keeper_of)(source, clock)
    asked = []
    for _ in range(140):
        asked.append(asyncio.create_task(asking(clock, keeper.token)))
        await clock.advance(0.5)
    begun = source.asked[0]
    assert sum(at <= begun + 7 for at in source.asked) <= 6
    assert all(
        sum(at <= one < at + 60 for one in source.asked) <= 16 for at in source.asked
    )
    assert max([(await each).seconds for each in asked[:-20]]) <= 8
    source.failure = None
    await clock.advance(5)
    assert (await asking(clock, keeper.token)).error is None


async def test_r4_after_the_hold_a_request_waits_for_a_running_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """For at most 2 s, so that not every player waits for a silent service."""
    source.takes = 60.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(30)
        late = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(3)
        answer = await late
    assert answer.error is not None
    assert answer.seconds <= 2.0


async def test_r4_the_hold_counts_from_the_unusable_point(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Even if no request comes just then: 1005 s into a token of 1010 s."""
    source.lifetime = 1010.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(500)
        source.failure = UNREACHABLE
        await clock.advance(513.1)
        answer = await asking(clock, keeper.token)
    assert answer.error is not None
    assert answer.seconds == 0


async def test_r6_a_permanent_error_is_kept_for_at_least_half_a_minute(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """At most one attempt per 30 s, and no request waits for nothing."""
    source.failure = SourceError("invalid_grant", recoverable=False)
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        for _ in range(300):
            asked = asyncio.create_task(asking(clock, keeper.token))
            await clock.advance(1)
            assert (await asked).error is not None
            assert (await asked).seconds == 0
    assert len(source.asked) > 3
    assert all(30 <= gap <= 60 for gap in gaps(source.asked))
    assert reports.all[0].reason == "permanent"


async def test_r7_retry_after_is_honoured(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """No attempt for 20 s, although the soft point is past and requests come."""
    source.lifetime = 600.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(400)
        source.failure = SourceError("429", retry_after=20)
        while len(source.asked) == 1:
            await clock.advance(0.1)
        source.failure = None
        refused_at = source.asked[-1]
        for _ in range(40):
            await keeper.token()
            await clock.advance(0.5)
        assert source.asked[2:] == [pytest.approx(refused_at + 20)]


async def test_r7_retry_after_does_not_reach_past_the_unusable_point(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Before the token expires there is one more attempt, for any Retry-After."""
    keeper = keeper_of(source, clock)
    begun = clock.mono()
    async with keeper.running():
        await clock.advance(40)
        source.failure = SourceError("429", retry_after=3600)
        await clock.advance(19)
    assert source.asked[2] - begun == pytest.approx(58.8)


async def test_r7_no_request_waits_while_the_service_asks_for_a_pause(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """If the pause is longer than the hold, the player gets it as Retry-After."""
    source.failure = SourceError("429", retry_after=20)
    keeper = keeper_of(source, clock)
    answer = await asking(clock, keeper.token)
    assert answer.seconds == 0
    assert answer.error is not None
    assert answer.error.retry_after == 20
    assert len(source.asked) == 1


async def test_a_service_that_hangs_is_waited_for_once_per_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Once the token has expired, most requests fail at once."""
    source.takes = 3600.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(30)
        waits = []
        for _ in range(100):
            waits.append(asyncio.create_task(asking(clock, keeper.token)))
            await clock.advance(0.5)
        seconds = [(await each).seconds for each in waits]
    assert max(seconds) <= 2
    assert sum(each > 0 for each in seconds) <= 4 * 6


@pytest.mark.parametrize("retry_after", [0.0, -3600.0, 0.001, None])
async def test_no_answer_causes_a_loop_of_calls(
    clock: FakeClock, source: ScriptedSource, retry_after: float | None
) -> None:
    """Retry-After: 0, or a date that has passed; with players and without."""
    source.failure = SourceError("429", retry_after=retry_after)
    keeper = keeper_of(source, clock)
    async with keeper.running():
        for _ in range(600):
            asked = asyncio.create_task(asking(clock, keeper.token))
            await clock.advance(0.2)
            asked.cancel()
    assert len(source.asked) <= 8 + 120 / 2
    assert all(b <= 8 + 30 for b in busiest(source.asked))


def busiest(times: list[float]) -> list[int]:
    """Return how many of the times are in the minute from each of them."""
    return [sum(begun <= at < begun + 60 for at in times) for begun in times]
