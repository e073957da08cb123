"""A stream keeper whose token is refused or doubted, by R10 and R14."""

import asyncio

import pytest

from proxy.core.tokens.refresh.subjects import Rank, Subject
from proxy.core.tokens.token import Token
from proxy.errors import SourceError, TokenUnavailableError
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    Reports,
    ScriptedSource,
    keeper_of,
)

DAY = 86_400.0


async def test_r10_50_refusals_of_one_token_make_one_refresh(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Whether they come before or after the new token."""
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
    """At 100 requests a second; without a newer token they fail at once."""
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


async def test_a_refusal_that_waits_for_its_turn_is_counted_once(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """All requests refused meanwhile wait for the same token; one more is left."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    kept = await keeper.token()
    for rank in (Rank.MEDIUM, Rank.PLAYLIST):
        for name in ("a", "b"):
            kept = await keeper.refused(kept, Subject(rank, name))
    assert len(source.asked) == 5
    waiting = []
    for _ in range(20):
        waiting.append(asyncio.create_task(keeper.refused(kept)))
        await clock.advance(0.1)
    assert not any(each.done() for each in waiting)
    await clock.advance(3)
    assert {(await each).generation for each in waiting} == {6}
    last = asyncio.create_task(keeper.refused(await keeper.token()))
    await clock.advance(5)
    assert (await last).generation == 7


async def test_refused_media_leave_the_entry_its_refresh(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Forty names, again and again; then the token is replaced."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    for _ in range(3):
        for name in range(40):
            kept = await keeper.token()
            await keeper.refused(kept, Subject(Rank.MEDIUM, f"s{name}.ts"))
            await clock.advance(0.1)
    assert len(source.asked) <= 3
    kept = await keeper.token()
    assert (await keeper.refused(kept)).generation == kept.generation + 1


@pytest.mark.parametrize(("opened", "told"), [(True, 0), (False, 1)])
async def test_a_dead_segment_of_a_static_source_forces_once_a_minute(
    clock: FakeClock,
    source: ScriptedSource,
    reports: Reports,
    *,
    opened: bool,
    told: int,
) -> None:
    """If playlists open with that token, it does not count as rejected."""
    source.repeats = Token({"token": "T"})
    keeper = keeper_of(source, clock, reports)
    kept = await keeper.token()
    if opened:
        keeper.accepted(kept)
    for _ in range(55):
        again = await keeper.refused(kept, Subject(Rank.MEDIUM, "dead.ts"))
        assert again.generation == kept.generation
        await clock.advance(1)
    assert len(source.asked) == 2
    assert reports.outcomes["rejected"] == told


async def test_r10_an_accepted_request_resets_the_count(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Refusals that new tokens cure are never taken for lasting ones."""
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


async def test_r10_a_success_of_the_old_token_resets_nothing(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Only a token from the last forced refresh proves that it helped."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock, reports)
    oldest = kept = await keeper.token()
    for _ in range(4):
        keeper.accepted(oldest)
        kept = await keeper.refused(kept)
        await clock.advance(30)
    assert reports.outcomes["rejected"] == 1


async def test_a_token_that_expired_during_a_request_is_replaced_as_usual(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """A blocking reload may outlive its token repeatedly; nothing is forced."""
    source.lifetime = 3.0
    keeper = keeper_of(source, clock, reports, local=True)
    for _ in range(20):
        kept = await keeper.token()
        await clock.advance(4)
        newer = {(await keeper.refused(kept)).generation for _ in range(3)}
        assert min(newer) > kept.generation
    assert reports.outcomes["rejected"] == 0


async def test_a_refusal_that_the_source_cannot_cure_is_reported(
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
    """The same generation shows that another try is useless."""
    source.repeats = Token({"token": "fixed"})
    keeper = keeper_of(source, clock)
    kept = await keeper.token()
    assert await keeper.refused(kept) == kept
    assert len(source.asked) == 2


async def test_a_token_is_doubted_if_it_was_not_accepted_for_a_while(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Players that come together cause one attempt, and all get its result."""
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


async def test_a_doubt_that_the_source_cannot_settle_is_reported(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """There is no other attempt while the source asks for a pause."""
    source.lifetime = DAY
    keeper = keeper_of(source, clock)
    kept = await keeper.token()
    await clock.advance(10)
    source.failure = SourceError("429", retry_after=30)
    with pytest.raises(TokenUnavailableError):
        await keeper.doubted(kept)
    assert await keeper.doubted(kept) == kept
    assert len(source.asked) == 2


async def test_r14_a_late_refusal_of_an_old_token_refreshes_nothing(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The newer one is returned for the replay."""
    keeper = keeper_of(source, clock)
    old = await keeper.token()
    new = await keeper.refused(old)
    assert await keeper.refused(old) == new
    assert len(source.asked) == 2


async def test_a_refused_token_without_a_newer_one_is_rejected(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """For example a static one; otherwise no alert would show it."""
    source.repeats = Token({"token": "static"})
    keeper = keeper_of(source, clock, reports)
    kept = await keeper.token()
    again = await asyncio.gather(*(keeper.refused(kept) for _ in range(5)))
    assert {one.generation for one in again} == {kept.generation}
    assert reports.outcomes == {"refreshed": 1, "unchanged": 1, "rejected": 1}
    assert "gave no other" in reports.all[-1].detail
