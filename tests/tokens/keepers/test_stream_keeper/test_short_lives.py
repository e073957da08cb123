"""A stream keeper of tokens that live for seconds."""

import pytest

from proxy.core.tokens.token import Token
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    Reports,
    ScriptedSource,
    asking,
    keeper_of,
)


async def test_short_tokens_that_are_signed_here_are_made_per_request(
    clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """Each request gets one with its whole lifetime."""
    source.lifetime = 10.0
    keeper = keeper_of(source, clock, reports, local=True)
    for _ in range(5):
        assert (await asking(clock, keeper.token)).left == 10
        await clock.advance(1)
    assert len(source.asked) == 5
    assert reports.outcomes == {"minted": 5}


async def test_a_short_token_stays_in_use_when_signing_fails(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """While it may be used; the next attempt comes in its time."""
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
    """They are kept like others, and the service is called all the time."""
    source.lifetime = 20.0
    keeper = keeper_of(source, clock, reports)
    first = await keeper.token()
    await clock.advance(5)
    assert await keeper.token() == first
    assert reports.all[0].reason == "short-lived"


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
async def test_short_lives_and_early_advice_cause_no_loop(
    clock: FakeClock, lifetime: float | None, advice: float | None, most: int
) -> None:
    """A minute without players; and there is always a usable token."""

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
