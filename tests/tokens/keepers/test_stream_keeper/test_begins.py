"""A stream keeper of tokens that are not valid yet when they come."""

import asyncio

import pytest

from proxy.core.tokens.token import Token
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.sources.layout import Layout, TokenTimes
from tests.core.ends import jwt_of
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    ScriptedSource,
    asking,
    keeper_of,
)


class Ahead(ScriptedSource):
    """A source whose tokens are valid only after a while."""

    after = 5.0

    async def fetch(self) -> Token:
        """Answer with a token of the future."""
        token = await super().fetch()
        start = self.clock.wall() + self.after
        return Token(token.fields, token.expires_at, not_before=start)


async def test_the_old_token_is_used_until_the_nbf_of_the_new_one(
    clock: FakeClock,
) -> None:
    """The clock of the service is 5 s ahead of the upstream's, which is correct."""
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
    """No other is requested: a wrong clock would affect that one too."""
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
        self.keeper: StreamKeeper | None = None

    async def fetch(self) -> Token:
        """Answer with a token that is valid now, by its own clock."""
        await super().fetch()
        now = self.clock.wall()
        begins = int(now + self.lead)
        claims = {"nbf": begins, "exp": begins + self.lives, "n": len(self.asked)}
        theirs = int(now + self.lead) if self.dates else int(now)
        if self.keeper is not None:
            self.keeper.measured_issuer(theirs + 0.5 - now)
        return Layout().token(jwt_of(claims).encode(), TokenTimes(now, theirs))


@pytest.mark.parametrize("dates", [True, False], ids=["own-date", "front-date"])
@pytest.mark.parametrize(
    ("lead", "lives"),
    [
        *((5.0, 6.0), (5.0, 8.0), (5.0, 9.0), (5.0, 10.0), (5.0, 11.0), (5.0, 5.0)),
        *((2.0, 4.0), (3.0, 5.0), (4.0, 8.0), (5.0, 60.0)),
    ],
)
async def test_a_service_clock_that_is_ahead_does_not_stop_playback(
    clock: FakeClock, lead: float, lives: float, *, dates: bool
) -> None:
    """Only the first request waits; none is sent too early or too late."""
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


@pytest.mark.parametrize(
    ("lead", "lives"),
    [(2.0, 2.0), (3.0, 2.0), (5.0, 2.0), (10.0, 2.0), (30.0, 3.0), (60.0, 3.0)],
)
async def test_tokens_shorter_than_the_skew_of_their_service_work(
    clock: FakeClock, lead: float, lives: float
) -> None:
    """Many wait at a time, but no request does."""
    source = AheadService(clock, lead, lives)
    keeper = source.keeper = keeper_of(source, clock)
    keeper.measured(0.0)
    async with keeper.running():
        await clock.advance(lead + 1)
        for _ in range(1200):
            asked = asyncio.create_task(asking(clock, keeper.token))
            await clock.settle()
            assert asked.done(), "a request waits"
            assert (await asked).error is None
            await clock.advance(0.1)
    assert len(source.asked) <= 3 + (lead + 121) / max(0.5, lives / 4)


@pytest.mark.parametrize("lives", [6.0, 10.0, 60.0])
async def test_tokens_expire_by_the_upstreams_clock_if_ours_is_behind(
    clock: FakeClock, lives: float
) -> None:
    """The service and the upstream agree; ours is 5 s behind both."""
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


async def test_a_token_is_not_sent_before_its_nbf(
    clock: FakeClock,
) -> None:
    """Two clocks show that it is too early; the message names the time."""
    source = AheadService(clock, 12.0, 120.0)
    source.dates = False
    keeper = source.keeper = keeper_of(source, clock)
    async with keeper.running():
        early = await asking(clock, keeper.token)
        assert "not valid for another 12 s" in str(early.error)
        await clock.advance(12)
        assert (await asking(clock, keeper.token)).seconds == 0


async def test_a_token_that_becomes_valid_much_later_is_reported(
    clock: FakeClock,
) -> None:
    """No request waits ten minutes; the message names the cause."""
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
