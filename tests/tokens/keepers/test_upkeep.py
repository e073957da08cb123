"""Upkeep: what happens to a token without anybody asking for it."""

import asyncio
import contextlib
import random
from pathlib import Path

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.secret_file import SecretFile
from proxy.tokens.keys.signing_key import SigningKey
from proxy.tokens.sources.file import FileSource
from proxy.tokens.sources.sign_jwt import SignJwt
from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.turn import Turn, Turns
from tests.fake_clock import FakeClock
from tests.tokens.files import key_pem, mount, swap
from tests.tokens.scripted import (
    UNREACHABLE,
    Reports,
    ScriptedSource,
    asking,
    gaps,
    keeper_of,
    seeded,
)

OLD, NEW = key_pem("old"), key_pem("new")


def signer(folder: Path, clock: FakeClock, rng: random.Random) -> SignJwt:
    """Return a source that signs with the key and id in the folder."""
    return SignJwt(
        claims={"exp": "{expires}"},
        headers={"kid": "{key_id}"},
        lifetime=60.0,
        key=SigningKey(
            algorithm="ES256",
            key=SecretFile(folder / "key.pem"),
            key_id=SecretFile(folder / "kid"),
        ),
        clock=clock,
        rng=rng,
    )


def kid(token: Token) -> str:
    """Return the header of a signed token, which names its key."""
    return token.fields["token"].partition(".")[0]


async def test_the_token_is_fresh_before_anybody_asks(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The first attempt starts with the block."""
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.settle()
        assert keeper.usable


async def test_an_outage_in_the_soft_phase_is_looked_at_in_time(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """The next attempt does not wait for a tick."""
    keeper = keeper_of(source, clock, reports)
    source.failure = UNREACHABLE
    async with keeper.running():
        await clock.advance(60)
    assert max(gaps(source.asked)) <= 5.0
    assert reports.outcomes == {"failed": len(source.asked)}


async def test_r6_replacing_the_credential_file_ends_a_hopeless_error(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Within 6 s, without a restart."""
    secret = mount(tmp_path, {"token": b""})
    keeper = keeper_of(FileSource(SecretFile(secret / "token"), clock=clock), clock)
    async with keeper.running():
        await clock.advance(20)
        assert not keeper.usable
        swap(tmp_path, {"token": b"good"})
        await clock.advance(6)
        assert (await keeper.token()).token.fields == {"token": "good"}


async def test_r6_a_keeper_that_is_not_run_sees_the_file_when_it_is_asked(
    clock: FakeClock, tmp_path: Path
) -> None:
    """As those of a family's members: the next request after 5 s gets the token."""
    secret = mount(tmp_path, {"token": b""})
    keeper = keeper_of(FileSource(SecretFile(secret / "token"), clock=clock), clock)
    assert (await asking(clock, keeper.token)).error is not None
    swap(tmp_path, {"token": b"good"})
    await clock.advance(5)
    answer = await asking(clock, keeper.token)
    assert answer.kept is not None
    assert answer.kept.token.fields == {"token": "good"}


@pytest.mark.parametrize("runs", [True, False])
async def test_r6_the_wait_for_a_file_is_no_longer_than_until_it_is_looked_at(
    clock: FakeClock, tmp_path: Path, *, runs: bool
) -> None:
    """A player is told to come back within 5 s, not after the hopeless error."""
    source = FileSource(SecretFile(tmp_path / "missing"), clock=clock)
    keeper = keeper_of(source, clock)
    async with keeper.running() if runs else contextlib.nullcontext():
        for _ in range(70):
            answer = await asking(clock, keeper.token)
            assert answer.error is not None
            assert 1 <= answer.error.retry_after <= 5
            await clock.advance(1)


async def test_r11_a_token_file_that_kubernetes_swaps_is_seen(
    clock: FakeClock, tmp_path: Path
) -> None:
    """The new token serves within 6 s, the old one until then."""
    secret = mount(tmp_path, {"token": b"one"})
    keeper = keeper_of(FileSource(SecretFile(secret / "token"), clock=clock), clock)
    async with keeper.running():
        await clock.advance(7)
        swap(tmp_path, {"token": b"two"})
        assert (await keeper.token()).token.fields == {"token": "one"}
        await clock.advance(6)
        assert (await keeper.token()).token.fields == {"token": "two"}


async def test_r11_a_rotated_key_signs_within_6_s(
    clock: FakeClock, tmp_path: Path
) -> None:
    """Under its new id, and no request fails on the way."""
    secret = mount(tmp_path, {"key.pem": OLD, "kid": b"old"})
    keeper = keeper_of(signer(secret, clock, seeded()), clock, local=True)
    async with keeper.running():
        await clock.advance(7)
        before = await keeper.token()
        swap(tmp_path, {"key.pem": NEW, "kid": b"new"})
        for _ in range(6):
            await keeper.token()
            await clock.advance(1)
        after = await keeper.token()
    assert kid(before.token) != kid(after.token)
    assert after.generation == before.generation + 1


async def test_r11_a_corrupt_key_is_counted_and_the_old_one_goes_on(
    clock: FakeClock, tmp_path: Path, reports: Reports
) -> None:
    """For as long as it takes; then the repaired one serves."""
    secret = mount(tmp_path, {"key.pem": OLD, "kid": b"old"})
    keeper = keeper_of(signer(secret, clock, seeded()), clock, reports, local=True)
    async with keeper.running():
        before = kid((await keeper.token()).token)
        swap(tmp_path, {"key.pem": b"corrupt", "kid": b"new"})
        for _ in range(120):
            await clock.advance(1)
            assert kid((await keeper.token()).token) == before
        assert reports.outcomes["failed"] == 1
        assert keeper.generation >= 3
        swap(tmp_path, {"key.pem": NEW, "kid": b"new"})
        await clock.advance(6)
        assert kid((await keeper.token()).token) != before


async def test_files_are_not_looked_at_in_vain(clock: FakeClock) -> None:
    """Every 5 s, and an unchanged one starts nothing."""

    class Watched(ScriptedSource):
        looks = 0

        def fingerprint(self) -> bytes:
            """Count."""
            self.looks += 1
            return b"same"

    source = Watched(clock, lifetime=None)
    async with keeper_of(source, clock).running():
        await clock.advance(60)
    assert (len(source.asked), source.looks) == (1, 13)


async def test_a_jump_voids_what_was_to_be_waited_for(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """After two hours of sleep no Retry-After is left over."""
    source.failure = SourceError("429", retry_after=300)
    keeper = keeper_of(source, clock)
    async with keeper.running():
        await clock.advance(10)
        await clock.jump(7200)
        source.failure = None
        await clock.advance(1)
        assert keeper.usable


@pytest.mark.parametrize(
    ("lifetime", "seconds", "most"), [(60.0, 40, 16), (3600.0, 1500, 104)]
)
async def test_the_loop_is_idle_most_of_the_time(
    lifetime: float, seconds: float, most: int
) -> None:
    """It looks every 3 s at a token of a minute, every 15 s at one of an hour."""

    class Counting(FakeClock):
        sleeps = 0

        async def sleep(self, seconds: float) -> None:
            """Count."""
            self.sleeps += 1
            await super().sleep(seconds)

    clock = Counting()
    async with keeper_of(ScriptedSource(clock, lifetime=lifetime), clock).running():
        await clock.advance(seconds)
    assert clock.sleeps <= most


async def test_a_stream_that_nobody_plays_gets_one_token(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """At the start, and no other; the next player waits for one."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(7200)
        assert len(source.asked) == 1
        assert keeper.cold
        source.takes = 0.5
        player = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(0.5)
        answer = await player
    assert answer.kept is not None
    assert (answer.seconds, answer.left) == (0.5, 60.0)


async def test_a_stream_is_refreshed_until_ten_minutes_after_its_last_player(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Ahead of need, so that none of its players waits; then no more."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(3600)
        for _ in range(60):
            await keeper.token()
            source.takes = 1.0
            await clock.advance(10)
            assert (keeper.usable, keeper.cold) == (True, False)
        last = clock.mono() - 10
        await clock.advance(3600)
    assert 540 <= source.asked[-1] - last <= 600
    assert keeper.cold


async def test_any_request_of_a_player_keeps_the_token_fresh(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Where the platform signs what follows the entry, few requests need it."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await keeper.token()
        for _ in range(60):
            await clock.advance(60)
            keeper.played()
            assert not keeper.cold
    assert 60 <= len(source.asked) <= 90


async def test_a_player_is_held_where_the_token_was_not_missed_before(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """The 8 s of patience begin with the player, not when a cold token ended."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(3600)
        source.failure = UNREACHABLE
        player = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(4)
        assert not player.done()
        source.failure = None
        await clock.advance(2)
        assert (await player).kept is not None


async def test_a_first_token_that_fails_is_tried_as_ever_and_later_seldom(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """It is no cold stream: something is wrong, and that is told for as long."""
    source.failure = UNREACHABLE
    begun = clock.mono()
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(600)
        assert max(gaps(source.asked)) <= 6.0
        await clock.advance(1200)
        assert not keeper.cold
        seldom = [at for at in source.asked if at > begun + 601]
        assert 9 <= len(seldom) <= 11
        source.failure = None
        await clock.advance(120)
        assert keeper.generation == 1


async def test_the_token_of_a_played_stream_that_fails_is_no_cold_one(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Before it ends, after it ended, and when its players have gone."""
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await keeper.token()
        source.failure = UNREACHABLE
        for seconds in (50, 60, 3600):
            await clock.advance(seconds)
            assert not keeper.cold


async def test_a_stream_waits_for_its_turn_unless_it_is_played(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """Until then it is cold: it is not known that anything is wrong."""
    turns = Turns(clock=clock)
    taken = [Turn(turns, Allowance(clock=clock)) for _ in range(8)]
    for turn in taken[1:]:
        await turn.reserve()
    async with taken[0]:
        pass
    await taken[0].reserve()
    keeper = keeper_of(
        source, clock, turn=Turn(turns, Allowance(clock=clock)), warm=False
    )
    async with keeper.running():
        await clock.advance(60)
        assert (source.asked, keeper.cold, keeper.usable) == ([], True, False)
        player = asyncio.create_task(asking(clock, keeper.token))
        await clock.advance(1)
        assert (await player).kept is not None
        for turn in taken:
            turn.give_back()
        await clock.advance(30)
        assert len(source.asked) == 1
        # It has left the line: eight others find a turn each.
        for _ in range(8):
            await clock.advance(1)
            await asyncio.wait_for(Turn(turns, Allowance(clock=clock)).reserve(), 1)


async def test_nobody_knows_about_a_service_before_it_has_answered_once(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """A first token that is on its way is missed; a cold one is not."""
    turns = Turns(clock=clock)
    source.takes = 5.0
    keeper = keeper_of(
        source, clock, turn=Turn(turns, Allowance(clock=clock)), warm=False
    )
    async with keeper.running():
        await clock.advance(1)
        assert (keeper.usable, keeper.cold) == (False, False)
        await clock.advance(5)
        assert (keeper.usable, keeper.cold) == (True, True)


async def test_a_changed_file_is_read_though_nobody_plays(
    clock: FakeClock, tmp_path: Path
) -> None:
    """A bad secret shows when it is put there, not when the next player comes."""
    secret = mount(tmp_path, {"token": b"one"})
    source = FileSource(SecretFile(secret / "token"), clock=clock)
    keeper = keeper_of(source, clock, warm=False)
    async with keeper.running():
        await clock.advance(3600)
        assert keeper.cold
        swap(tmp_path, {"token": b""})
        await clock.advance(6)
        assert not keeper.cold
