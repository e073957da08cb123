"""The keeper, by the invariants R1 to R14 and on a clock that the tests move."""

import asyncio
import contextlib
from collections import Counter

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.tokens.keeper import Keeper
from proxy.tokens.layout import Layout, Times
from tests.core.ends import jwt_of
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    Asked,
    Reports,
    ScriptedSource,
    asking,
    gaps,
    keeper_of,
)

DAY = 86_400.0


@pytest.mark.parametrize("seed", range(10))
async def test_r1_a_token_of_60_s_is_refreshed_between_42_and_48_s(
    clock: FakeClock, source: ScriptedSource, seed: int
) -> None:
    """Without a fault, and the upstream sees no token with less than 3 s to live."""
    keeper = keeper_of(source, clock, seed=seed)
    begun = clock.mono()
    async with keeper.running():
        for _ in range(100):
            await clock.advance(0.5)
            assert (await asking(clock, keeper.token)).left >= 3
    assert 42 <= source.asked[1] - begun <= 48
    assert len(source.asked) == 2


async def test_r2_200_cold_requests_make_one_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """All of them get the one token."""
    source.takes = 0.2
    keeper = keeper_of(source, clock)
    callers = [asyncio.create_task(keeper.token()) for _ in range(200)]
    await clock.advance(0.2)
    kept = {(await caller).generation for caller in callers}
    assert (kept, len(source.asked)) == ({1}, 1)


async def test_r2_cancelled_callers_cancel_nothing_else(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """199 of 200 hang up: still one attempt, and the last one is served."""
    source.takes = 0.2
    keeper = keeper_of(source, clock)
    *gone, stays = [asyncio.create_task(keeper.token()) for _ in range(200)]
    await clock.advance(0.1)
    for caller in gone:
        caller.cancel()
    await clock.advance(0.1)
    assert (await stays).generation == 1
    assert len(source.asked) == 1


async def test_r3_an_outage_until_the_last_second_fails_no_request(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """The old token serves while it may; who comes in its last second is held."""
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
    """Held for 8 s from the unusable point on, then refused at once."""
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


async def test_r4_after_the_hold_a_request_waits_for_an_attempt_under_way(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """For 2 s at most; a silent service is not waited for by every player."""
    source.takes = 60.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(30)
        late = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(3)
        answer = await late
    assert answer.error is not None
    assert answer.seconds <= 2.0


async def test_r4_the_hold_is_counted_from_the_unusable_point(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Even if nobody asks just then: 1005 s into a token of 1010 s."""
    source.lifetime = 1010.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(500)
        source.failure = UNREACHABLE
        await clock.advance(513.1)
        answer = await asking(clock, keeper.token)
    assert answer.error is not None
    assert answer.seconds == 0


@pytest.mark.parametrize(
    "bad",
    [SourceError("the answer is empty"), None],
    ids=["no token", "an expired token"],
)
async def test_r5_a_bad_answer_never_replaces_a_good_token(
    clock: FakeClock,
    source: ScriptedSource,
    reports: Reports,
    bad: SourceError | None,
) -> None:
    """It counts as a failure, and the old token serves on."""
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        await clock.advance(40)
        source.failure = bad
        source.repeats = Token({"token": "late"}, expires_at=clock.wall() + 1)
        await clock.advance(15)
        assert (await keeper.token()).token.fields == {"token": "t1"}
    assert reports.outcomes["failed"] >= 1
    assert reports.outcomes["refreshed"] == 1


async def test_r6_a_hopeless_error_is_kept_for_half_a_minute_at_least(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """At most one attempt per 30 s, and nobody is held in vain."""
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
    """No attempt for 20 s, although the soft point is past and requests come in."""
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
    """Before the token is lost there is one attempt more, however long it asks for."""
    keeper = keeper_of(source, clock)
    begun = clock.mono()
    async with keeper.running():
        await clock.advance(40)
        source.failure = SourceError("429", retry_after=3600)
        await clock.advance(19)
    assert source.asked[2] - begun == pytest.approx(58.8)


async def test_r7_nobody_is_held_while_the_service_wants_to_be_left_alone(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """A wait that is longer than the hold is told to the player instead."""
    source.failure = SourceError("429", retry_after=20)
    keeper = keeper_of(source, clock)
    answer = await asking(clock, keeper.token)
    assert answer.seconds == 0
    assert answer.error is not None
    assert answer.error.retry_after == 20
    assert len(source.asked) == 1


@pytest.mark.parametrize("dead_for", [0.0, 3.0])
async def test_r8_the_first_request_after_a_suspend_waits_for_a_new_token(
    clock: FakeClock, source: ScriptedSource, dead_for: float
) -> None:
    """Two hours of sleep; the network may take a few seconds to come back."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(7200)
        source.failure = UNREACHABLE if dead_for else None
        asked = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(dead_for)
        source.failure = None
        await clock.advance(1)
        answer = await asked
    assert answer.kept is not None
    assert answer.seconds <= dead_for + 1
    assert answer.left > 50


async def test_r8_after_a_suspend_requests_are_held_anew(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """An outage from before it says nothing about now, but for the pace of attempts."""
    source.failure = UNREACHABLE
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(60)
        await clock.jump(7200)
        asked = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(3)
        source.failure = None
        await clock.advance(5)
        assert (await asked).kept is not None


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_r9_a_step_of_the_clock_costs_a_refresh_and_no_loop(
    clock: FakeClock, source: ScriptedSource, reports: Reports, step: float
) -> None:
    """Within one tick of 3 s, and at most two attempts."""
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(step)
        await clock.advance(3)
        assert len(source.asked) == 2
        assert keeper.generation == 2
        await clock.advance(30)
    assert len(source.asked) == 2
    assert reports.outcomes["clock-jumped"] == 1


async def test_r9_a_long_token_survives_a_step_forward(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """What has time left by the new clock too is not refreshed."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(3600)
        await clock.advance(60)
    assert len(source.asked) == 1


async def test_r9_a_step_back_that_a_failing_source_meets_makes_no_loop(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The backoff holds as ever."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        source.failure = UNREACHABLE
        await clock.jump(-3600)
        await clock.advance(60)
    assert len(source.asked) <= 10


async def test_r10_50_refusals_of_one_token_make_one_refresh(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Whether they come before or after the new token is there."""
    keeper = keeper_of(source, clock)
    old = await keeper.token()
    source.takes = 0.1
    early = [asyncio.create_task(keeper.refused(old)) for _ in range(40)]
    await clock.advance(0.1)
    late = [asyncio.create_task(keeper.refused(old)) for _ in range(10)]
    newer = {(await each).generation for each in early + late}
    assert (newer, len(source.asked)) == ({2}, 2)


async def test_r10_a_lasting_refusal_forces_3_refreshes_a_minute_at_most(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """At 100 requests a second; and who gets no newer token is told so at once."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock, reports)

    async def request() -> None:
        kept = await keeper.token()
        await keeper.refused(kept)

    async with keeper.running():
        await clock.settle()
        for _ in range(240):
            await asyncio.gather(*(request() for _ in range(100)))
            await clock.advance(1)
    forced = source.asked[1:]
    assert len(forced) >= 3
    for begun in forced:
        assert sum(begun <= at < begun + 60 for at in forced) <= 3
    assert 2 <= reports.outcomes["rejected"] <= 4


async def test_r10_an_accepted_request_clears_the_account(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Refusals that new tokens do cure are never taken for a lasting one."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock, reports)
    kept = await keeper.token()
    for _ in range(10):
        newer = await keeper.refused(kept)
        assert newer.generation == kept.generation + 1
        keeper.accepted(newer)
        kept = newer
        await clock.advance(30)
    assert reports.outcomes["rejected"] == 0


async def test_r10_a_success_of_the_old_token_clears_nothing(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Only a token that came of the last forced refresh proves that it helped."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock, reports)
    oldest = kept = await keeper.token()
    for _ in range(4):
        keeper.accepted(oldest)
        kept = await keeper.refused(kept)
        await clock.advance(30)
    assert reports.outcomes["rejected"] == 1


async def test_a_refused_token_that_has_no_other_is_rejected(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """A static one, for instance: otherwise no alert would tell."""
    source.repeats = Token({"token": "static"})
    keeper = keeper_of(source, clock, reports)
    kept = await keeper.token()
    again = await asyncio.gather(*(keeper.refused(kept) for _ in range(5)))
    assert {one.generation for one in again} == {kept.generation}
    assert reports.outcomes == {"refreshed": 1, "unchanged": 1, "rejected": 1}
    assert "gave no other" in reports.all[-1].detail


async def test_a_token_that_ended_while_a_request_was_out_is_replaced_as_usual(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """A blocking reload may outlive its token again and again: nothing is forced."""
    source.lifetime = 3.0
    keeper = keeper_of(source, clock, reports, local=True)
    for _ in range(20):
        kept = await keeper.token()
        await clock.advance(4)
        newer = {(await keeper.refused(kept)).generation for _ in range(3)}
        assert min(newer) > kept.generation
    assert reports.outcomes["rejected"] == 0


async def test_a_refusal_that_the_source_cannot_cure_says_so(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The token service is down: there is no newer token, and waiting may help."""
    keeper = keeper_of(source, clock)
    kept = await keeper.token()
    source.failure = SourceError("429", retry_after=30)
    for _ in range(3):
        with pytest.raises(TokenUnavailableError) as caught:
            await keeper.refused(kept)
        assert caught.value.retry_after == 30
    assert len(source.asked) == 2


async def test_a_refusal_that_brings_the_same_token_again_returns_it(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The same generation tells that another try is useless."""
    source.repeats = Token({"token": "fixed"})
    keeper = keeper_of(source, clock)
    kept = await keeper.token()
    assert await keeper.refused(kept) == kept
    assert len(source.asked) == 2


async def test_a_token_is_doubted_once_it_was_not_accepted_for_a_while(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Players who come together make one attempt, and all get what it brings."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    kept = await keeper.token()
    assert await keeper.doubted(kept) == kept
    await clock.advance(4)
    keeper.accepted(kept)
    await clock.advance(4)
    assert await keeper.doubted(kept) == kept
    await clock.advance(1)
    source.takes = 0.1
    players = [asyncio.create_task(keeper.doubted(kept)) for _ in range(20)]
    await clock.advance(0.1)
    assert {(await player).generation for player in players} == {2}
    assert (await keeper.doubted(kept)).generation == 2
    assert len(source.asked) == 2


async def test_a_doubt_that_the_source_cannot_settle_says_so(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """And is not asked again while the source wants to be left alone."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    kept = await keeper.token()
    await clock.advance(10)
    source.failure = SourceError("429", retry_after=30)
    with pytest.raises(TokenUnavailableError):
        await keeper.doubted(kept)
    assert await keeper.doubted(kept) == kept
    assert len(source.asked) == 2


async def test_r12_a_thousand_keepers_spread_their_refreshes() -> None:
    """Begun together, on tokens of an hour: over 360 s, no 10 s see more than 5 %."""
    clock = FakeClock()
    sources = [ScriptedSource(clock, lifetime=3600.0) for _ in range(1000)]
    keepers = [
        keeper_of(source, clock, seed=seed) for seed, source in enumerate(sources)
    ]
    begun = clock.mono()
    for keeper in keepers:
        await keeper.token()
    # Nobody looks as yet: 500 looks of each take longer than they tell.
    await clock.advance(2500)
    async with contextlib.AsyncExitStack() as all_of_them:
        for keeper in keepers:
            await all_of_them.enter_async_context(keeper.running())
        await clock.settle()
        assert {len(source.asked) for source in sources} == {1}
        await clock.advance(380)
    ages = [source.asked[1] - begun for source in sources]
    assert {len(source.asked) for source in sources} == {2}
    assert 2520 <= min(ages) < max(ages) <= 2880
    assert max(ages) - min(ages) > 350
    assert max(Counter(int(age // 10) for age in ages).values()) <= 50


async def test_r13_the_same_token_again_is_no_error_and_no_hurry(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """At most two attempts a minute until the hard window, and it serves on."""
    source.lifetime = 1000.0
    begun = clock.mono()
    keeper = keeper_of(source, clock, reports)
    async with keeper.running():
        first = await keeper.token()
        source.repeats = first.token
        await clock.advance(940)
        assert (await keeper.token()).generation == 1
    later = [at - begun for at in source.asked[1:]]
    assert min(gaps(later)) >= 50
    assert len(later) >= 3
    assert reports.outcomes == {"refreshed": 1, "unchanged": len(later)}


async def test_r13_a_token_that_ends_earlier_does_not_replace_a_later_one(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """A service may hand out what it made earlier."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(40)
        source.repeats = Token({"token": "early"}, expires_at=clock.wall() + 19)
        await clock.advance(15)
        assert (await keeper.token()).token.fields == {"token": "t1"}


async def test_r14_a_late_refusal_of_an_old_token_refreshes_nothing(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The newer one is returned for the replay."""
    keeper = keeper_of(source, clock)
    old = await keeper.token()
    new = await keeper.refused(old)
    assert await keeper.refused(old) == new
    assert len(source.asked) == 2


async def test_short_tokens_that_are_signed_here_are_made_per_request(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Each request gets one with its whole life ahead."""
    source.lifetime = 10.0
    keeper = keeper_of(source, clock, reports, local=True)
    for _ in range(5):
        assert (await asking(clock, keeper.token)).left == 10
        await clock.advance(1)
    assert len(source.asked) == 5
    assert reports.outcomes == {"minted": 5}


async def test_a_short_token_serves_on_when_signing_fails(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """While it may be used; and the next attempt waits for its time."""
    source.lifetime = 10.0
    keeper = keeper_of(source, clock, local=True)
    first = await keeper.token()
    source.failure = UNREACHABLE
    for _ in range(20):
        assert await keeper.token() == first
    assert len(source.asked) == 2
    source.failure = None
    await clock.advance(1)
    assert (await keeper.token()).generation == 2


async def test_short_tokens_of_a_service_are_reported(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """They are kept like others, and the service is asked all the time."""
    source.lifetime = 20.0
    keeper = keeper_of(source, clock, reports)
    first = await keeper.token()
    await clock.advance(5)
    assert await keeper.token() == first
    assert reports.all[0].reason == "short-lived"


async def test_a_token_of_unknown_expiry_is_used_until_it_is_refused(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """For up to a day; then it is looked whether there is another."""
    source.lifetime = None
    keeper = keeper_of(source, clock)
    first = await keeper.token()
    await clock.advance(DAY - 1)
    assert await keeper.token() == first
    assert keeper.seconds_left() == float("inf")
    assert (await keeper.refused(first)).generation == 2


@pytest.mark.parametrize(
    ("lifetime", "takes"), [(1000.0, 60.0), (60.0, 60.0), (6.0, 0.6), (6.0, 1.5)]
)
async def test_no_request_waits_while_the_token_is_good(
    clock: FakeClock, source: ScriptedSource, lifetime: float, takes: float
) -> None:
    """Neither for a slow service nor for one that hangs, up to the very end."""
    source.lifetime = lifetime
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.settle()
        source.takes = takes
        for _ in range(200):
            await clock.advance(lifetime / 100)
            usable = keeper.usable
            asked = asyncio.create_task(asking(clock, keeper.token))
            await clock.settle()
            assert asked.done() or not usable
            if not asked.done():
                break
        # Only where the service hangs, or could not be known to be slow.
        assert not keeper.usable or takes < lifetime / 2
        asked.cancel()


async def test_a_slow_service_is_asked_early_enough(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Tokens of 6 s from a service that takes 1.5 s: only the first is waited for."""
    source.lifetime, source.takes = 6.0, 1.5
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(2)
        for _ in range(600):
            assert (await asking(clock, keeper.token)).seconds == 0
            await clock.advance(0.1)
    assert len(source.asked) < 60 / 2


async def test_a_service_that_hangs_is_waited_for_once_per_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """With the token gone, most requests are told so at once."""
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
async def test_no_answer_makes_a_source_be_asked_in_a_loop(
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


@pytest.mark.parametrize(
    ("lifetime", "advice", "most"),
    [
        (1.0, None, 70),
        (1.5, None, 70),
        (2.0, None, 50),
        (60.0, 0.001, 5),
        (3600.0, 0.001, 3),
        (None, 0.001, 3),
    ],
)
async def test_short_lives_and_early_advice_make_no_loop(
    clock: FakeClock, lifetime: float | None, advice: float | None, most: int
) -> None:
    """A minute with nobody playing; and there is always a token that may be used."""

    class Advising(ScriptedSource):
        async def fetch(self) -> Token:
            token = await super().fetch()
            return Token(token.fields, token.expires_at, refresh_in=advice)

    source = Advising(clock, lifetime=lifetime)
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.settle()
        for _ in range(600):
            await clock.advance(0.1)
            assert (await asking(clock, keeper.token)).seconds == 0
    assert len(source.asked) <= most * 1.2


def busiest(times: list[float]) -> list[int]:
    """Return how many of the times lie in the minute that each begins."""
    return [sum(begun <= at < begun + 60 for at in times) for begun in times]


class Ahead(ScriptedSource):
    """A source whose tokens are valid only after a while."""

    after = 5.0

    async def fetch(self) -> Token:
        """Answer with a token of the future."""
        token = await super().fetch()
        start = self.clock.wall() + self.after
        return Token(token.fields, token.expires_at, not_before=start)


async def test_a_token_serves_from_its_nbf_on_and_the_old_one_until_then(
    clock: FakeClock,
) -> None:
    """A service whose clock is 5 s ahead of an upstream's that is right."""
    source = Ahead(clock)
    keeper = keeper_of(source, clock)
    keeper.measured_issuer(5.0)
    async with keeper.running():
        first = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(5)
        assert (await first).seconds == 5
        for _ in range(1000):
            answer = await asking(clock, keeper.token)
            assert answer.kept is not None
            assert (answer.kept.token.not_before or 0) <= clock.wall()
            assert answer.seconds == 0
            await clock.advance(0.3)
    assert len(source.asked) <= 300 / 36


async def test_the_upstreams_clock_decides_about_nbf(clock: FakeClock) -> None:
    """Ours is 5 s behind: the token is valid there at once."""
    keeper = keeper_of(Ahead(clock), clock)
    keeper.measured(6.0)
    assert (await asking(clock, keeper.token)).seconds == 0


async def test_a_token_refused_for_its_nbf_is_tried_again_when_it_is_valid(
    clock: FakeClock,
) -> None:
    """No other is asked for: a wrong clock of the service would date that as well."""
    source = Ahead(clock)
    source.after = 600.0
    keeper = keeper_of(source, clock)
    first = await keeper.token()
    keeper.measured(596.0)
    again = asyncio.create_task(asking(clock, lambda: keeper.refused(first)))
    await clock.advance(5)
    answer = await again
    assert answer.kept is not None
    assert answer.kept.token == first.token
    assert answer.kept.generation == 2
    assert answer.seconds == pytest.approx(4.5)
    assert len(source.asked) == 1


class AheadService(ScriptedSource):
    """A service whose clock is ahead; it makes JWTs of whole seconds."""

    def __init__(self, clock: FakeClock, lead: float, lives: float) -> None:
        super().__init__(clock)
        self.lead, self.lives = lead, lives
        self.dates = True
        """Whether its `Date` is by its own clock, not by that of a front."""
        self.keeper: Keeper | None = None

    async def fetch(self) -> Token:
        """Answer with a token that is valid now, by its own clock."""
        await super().fetch()
        now = self.clock.wall()
        begins = int(now + self.lead)
        claims = {"nbf": begins, "exp": begins + self.lives, "n": len(self.asked)}
        theirs = int(now + self.lead) if self.dates else int(now)
        if self.keeper is not None:
            self.keeper.measured_issuer(theirs + 0.5 - now)
        return Layout().token(jwt_of(claims).encode(), Times(now, theirs))


@pytest.mark.parametrize("dates", [True, False], ids=["own-date", "front-date"])
@pytest.mark.parametrize(
    ("lead", "lives"),
    [
        *((5.0, 6.0), (5.0, 8.0), (5.0, 9.0), (5.0, 10.0), (5.0, 11.0), (5.0, 5.0)),
        *((2.0, 4.0), (3.0, 5.0), (4.0, 8.0), (5.0, 60.0)),
    ],
)
async def test_a_service_that_is_ahead_of_a_right_upstream_plays(
    clock: FakeClock, lead: float, lives: float, *, dates: bool
) -> None:
    """After the first wait no request waits; none is sent too soon or too late."""
    source = AheadService(clock, lead, lives)
    source.dates = dates
    keeper = source.keeper = keeper_of(source, clock)
    async with keeper.running():
        first = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(lead + 0.1)
        assert first.done()
        for _ in range(600):
            asked = asyncio.create_task(asking(clock, keeper.token))
            await clock.settle()
            assert asked.done(), "a request waits"
            answer = await asked
            assert answer.kept is not None
            token = answer.kept.token
            start, end = token.not_before, token.ends_there
            assert start is not None
            assert end is not None
            assert start <= clock.wall() < end
            keeper.measured(0.0)
            await clock.advance(0.1)
    assert len(source.asked) <= 3 + 60 / max(0.5, lives / 4)


@pytest.mark.parametrize("lives", [6.0, 10.0, 60.0])
async def test_a_clock_of_ours_that_is_behind_ends_tokens_by_the_upstreams(
    clock: FakeClock, lives: float
) -> None:
    """The service and the upstream agree: ours is 5 s behind both."""
    source = AheadService(clock, 5.0, lives)
    keeper = source.keeper = keeper_of(source, clock)
    keeper.measured(5.0)
    async with keeper.running():
        await clock.advance(1)
        for _ in range(600):
            kept = await keeper.token()
            assert kept.token.not_before is not None
            assert kept.token.ends_there is not None
            assert kept.token.not_before <= clock.wall() + 5 < kept.token.ends_there
            await clock.advance(0.1)


async def test_a_token_whose_service_dates_it_late_is_not_sent_before_its_nbf(
    clock: FakeClock,
) -> None:
    """Two clocks say that it is too soon; the words say when it is not."""
    source = AheadService(clock, 12.0, 120.0)
    source.dates = False
    keeper = source.keeper = keeper_of(source, clock)
    async with keeper.running():
        early = await asking(clock, keeper.token)
        assert "not valid for another 12 s" in str(early.error)
        await clock.advance(12)
        assert (await asking(clock, keeper.token)).seconds == 0


async def test_a_token_that_is_valid_much_later_is_told(clock: FakeClock) -> None:
    """Nobody is held for ten minutes; the words name what is wrong."""
    source = Ahead(clock)
    source.lifetime, source.after = 3600.0, 600.0
    keeper = keeper_of(source, clock)
    keeper.measured(0.0)
    await asking(clock, keeper.token)
    answer = await asking(clock, keeper.token)
    assert answer.error is not None
    assert "nbf" in str(answer.error)
    assert answer.error.retry_after == pytest.approx(600)
    await clock.advance(600)
    assert (await asking(clock, keeper.token)).seconds == 0


async def test_skew_shortens_and_never_extends(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """A token that has ended on the upstream's clock is not sent."""
    source.lifetime = 100.0
    keeper = keeper_of(source, clock)
    first = await keeper.token()
    keeper.measured(-30.0)
    await clock.advance(60)
    assert await keeper.token() == first
    for _ in range(20):
        keeper.measured(45.0)
    assert (await keeper.token()).generation == 2


async def test_renew_asks_for_another_token_as_often_as_the_bucket_allows(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Twice at once, then once per half minute."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    await keeper.token()
    for _ in range(5):
        keeper.renew()
        await clock.advance(0.1)
    assert len(source.asked) == 3


async def test_the_state_of_a_keeper_can_be_read(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Nothing is started by looking."""
    keeper = keeper_of(source, clock)
    assert (keeper.usable, keeper.generation, keeper.seconds_left()) == (False, 0, None)
    await keeper.token()
    await clock.advance(20)
    assert (keeper.usable, keeper.generation, keeper.seconds_left()) == (True, 1, 40)


async def test_a_keeper_that_ends_ends_its_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """No task outlives the block."""
    source.takes = 5.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.settle()
        assert len(source.asked) == 1
    await clock.advance(5)
    assert keeper.generation == 0


async def test_a_keeper_that_is_not_run_can_be_closed(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The attempt under way ends, and with it what its source was doing."""
    source.takes = 60.0
    keeper = keeper_of(source, clock)
    asked = asyncio.create_task(asking(clock, keeper.token))
    await clock.advance(1)
    await keeper.close()
    asked.cancel()
    await asyncio.wait({asked})
    assert len(source.asked) == 1
