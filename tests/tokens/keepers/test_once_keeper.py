"""Single-use tokens: none is kept, none is handed out twice."""

import asyncio

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import SourceError, TokenUnavailableError
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    Reports,
    ScriptedSource,
    asking,
    gaps,
)
from tests.tokens.scripted import once_keeper_of as keeper_of


async def test_every_request_gets_its_own_token(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Also at the same time, without waiting for each other."""
    source.takes = 0.2
    keeper = keeper_of(source, clock, reports)
    asked = [asyncio.create_task(keeper.token()) for _ in range(20)]
    await clock.advance(0.2)
    kept = [await each for each in asked]
    assert all(each.once for each in kept)
    assert len({each.generation for each in kept}) == len(source.asked) == 20
    assert reports.outcomes == {"refreshed": 20}


async def test_a_repeated_token_is_refused(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """It was already used."""
    source.repeats = Token({"token": "same"})
    keeper = keeper_of(source, clock, reports, local=True)
    await keeper.token()
    answer = asyncio.create_task(asking(clock, keeper.token))
    await clock.advance(10)
    assert (await answer).error is not None
    assert reports.outcomes["minted"] == 1
    assert reports.outcomes["failed"] >= 1


async def test_r4_requests_wait_for_an_outage_and_then_fail_fast(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """They wait 8 s from its start; it recovers within 5 s, without a storm."""
    source.failure = UNREACHABLE
    keeper = keeper_of(source, clock, reports)
    begun = clock.mono()
    held = [asyncio.create_task(asking(clock, keeper.token)) for _ in range(5)]
    await clock.advance(9)
    assert {5 <= (await each).seconds <= 8 for each in held} == {True}
    assert not keeper.usable
    late = []
    for _ in range(400):
        late.append(asyncio.create_task(asking(clock, keeper.token)))
        await clock.advance(0.1)
    assert max([(await each).seconds for each in late]) <= 0.1
    assert all(gap >= 0.1 for gap in gaps(source.asked)[50:])
    assert sum(at > begun + 20 for at in source.asked) <= 12
    source.failure = None
    await clock.advance(5)
    assert (await asking(clock, keeper.token)).error is None
    assert keeper.usable


async def test_r4_a_source_known_to_be_silent_is_waited_for_2_s(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Its answer is then dropped."""
    source.takes = 60.0
    keeper = keeper_of(source, clock)
    first = asyncio.create_task(asking(clock, keeper.token))
    await clock.advance(20)
    assert (await first).error is not None
    late = asyncio.create_task(asking(clock, keeper.token))
    await clock.advance(3)
    assert (await late).seconds <= 2.0
    assert keeper.generation == 0


async def test_r6_a_permanent_error_fails_at_once_for_half_a_minute(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """At most one attempt per 30 s."""
    source.failure = SourceError("invalid_grant", recoverable=False)
    keeper = keeper_of(source, clock, reports)
    for _ in range(300):
        assert (await asking(clock, keeper.token)).seconds == 0
        await clock.advance(1)
    assert len(source.asked) > 3
    assert all(gap >= 30 for gap in gaps(source.asked))
    assert reports.all[0].reason == "permanent"


class FileBehind(ScriptedSource):
    """The same, with a file."""

    content = b"1"

    def fingerprint(self) -> bytes:
        """Return what changes with the file."""
        return self.content


async def test_r6_another_file_ends_a_permanent_error(
    clock: FakeClock,
) -> None:
    """The next request notices it."""
    source = FileBehind(clock)
    source.failure = SourceError("invalid_grant", recoverable=False)
    keeper = keeper_of(source, clock)
    with pytest.raises(TokenUnavailableError) as raised:
        await keeper.token()
    assert raised.value.retry_after <= 5
    source.failure, source.content = None, b"2"
    assert (await keeper.token()).generation == 1


async def test_r7_retry_after_is_honoured(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """No attempt for 20 s, and no request waits."""
    source.failure = SourceError("429", retry_after=20)
    keeper = keeper_of(source, clock)
    for _ in range(60):
        answer = await asking(clock, keeper.token)
        assert (answer.seconds, answer.error is None) == (0, False)
        await clock.advance(0.5)
    assert len(source.asked) == 2
    assert gaps(source.asked)[0] >= 20


async def test_r10_a_lasting_refusal_causes_at_most_3_tokens_a_minute(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """50 at a time and 100 a second: the others fail at once."""
    source.lifetime = None
    keeper = keeper_of(source, clock, reports)
    kept = await keeper.token()
    forced: list[float] = []
    for _ in range(240):
        answers = await asyncio.gather(*(keeper.refused(kept) for _ in range(100)))
        forced += [clock.mono() for each in answers if each is not kept]
        await clock.advance(1)
    assert len(forced) >= 3
    assert all(sum(at <= each < at + 60 for each in forced) <= 3 for at in forced)
    assert len(source.asked) == 1 + len(forced)
    assert reports.outcomes["rejected"] >= 2


async def test_a_token_that_has_expired_when_it_comes_is_not_handed_out(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """By the upstream's clock, if that is known to be ahead."""
    source.lifetime = 10.0
    keeper = keeper_of(source, clock)
    keeper.measured(300.0)
    assert (await keeper.token()).generation == 1
    source.lifetime = 0.0
    answer = asyncio.create_task(asking(clock, keeper.token))
    await clock.advance(10)
    assert (await answer).error is not None


async def test_a_caller_that_leaves_only_ends_its_own_attempt(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Nothing is left of it."""
    source.takes = 1.0
    keeper = keeper_of(source, clock)
    async with keeper.running():
        gone, stays = (asyncio.create_task(keeper.token()) for _ in range(2))
        await clock.advance(0.5)
        gone.cancel()
        await clock.advance(0.5)
        assert (await stays).generation == 1
        await asyncio.wait({gone})
        await clock.settle()
        assert len(asyncio.all_tasks()) == 1
    assert keeper.seconds_left() is None


async def test_an_accepted_token_resets_the_count(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Refusals that another token cures are never taken for lasting ones."""
    keeper = keeper_of(source, clock, reports)
    kept = await keeper.token()
    for _ in range(10):
        newer = await keeper.refused(kept)
        assert newer.generation == kept.generation + 1
        keeper.accepted(newer)
        kept = newer
        await clock.advance(30)
    assert reports.outcomes["rejected"] == 0


class Ahead(ScriptedSource):
    """A source whose tokens are valid only after a while."""

    after = 3.0

    async def fetch(self) -> Token:
        """Answer with a token of the future."""
        token = await super().fetch()
        start = self.clock.wall() + self.after
        return Token(token.fields, token.expires_at, not_before=start)


async def test_a_token_is_handed_out_once_it_is_valid(clock: FakeClock) -> None:
    """It cannot be kept for another request, so this one waits."""
    source = Ahead(clock)
    keeper = keeper_of(source, clock)
    keeper.measured_issuer(3.0)
    answer = asyncio.create_task(asking(clock, keeper.token))
    await clock.advance(3)
    assert (await answer).seconds == 3
    keeper.measured(0.0)
    source.after = 600.0
    late = await asking(clock, keeper.token)
    assert late.error is not None
    assert "nbf" in str(late.error)


async def test_a_token_that_expires_before_it_is_valid_is_refused(
    clock: FakeClock,
) -> None:
    """That counts as a failure of the source."""
    source = Ahead(clock, lifetime=2.0)
    answer = asyncio.create_task(asking(clock, keeper_of(source, clock).token))
    await clock.advance(30)
    assert "has expired" in str((await answer).error)


async def test_a_token_shows_until_when_it_may_be_sent(clock: FakeClock) -> None:
    """By our clock; the upstream's is ahead."""
    ends = clock.wall() + 60
    source = ScriptedSource(clock)
    source.repeats = Token({"token": "T"}, expires_at=ends)
    keeper = keeper_of(source, clock)
    keeper.measured(10)
    assert (await keeper.token()).token.until == pytest.approx(ends - 1.2 - 10)
