"""Getting one token that is new, valid, and not expired."""

import asyncio

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.tokens.keepers.minting import Minting
from tests.fake_clock import FakeClock
from tests.tokens.scripted import UNREACHABLE, ScriptedSource, parts_of


@pytest.fixture
def minting(source: ScriptedSource, clock: FakeClock) -> Minting:
    """Return the minting of the scripted source."""
    return Minting(parts_of(source, clock).asked, clock)


async def test_an_earlier_token_is_not_accepted_again(
    minting: Minting, source: ScriptedSource
) -> None:
    """Whatever expiry the source states."""
    token, _ = await minting.mint(patient=True)
    source.repeats = Token(token.fields, expires_at=None)
    with pytest.raises(SourceError, match="given before") as raised:
        await minting.mint(patient=True)
    assert raised.value.useless


@pytest.mark.parametrize(("patient", "seconds"), [(True, 10.0), (False, 2.0)])
async def test_a_silent_source_is_cancelled(
    minting: Minting,
    source: ScriptedSource,
    clock: FakeClock,
    *,
    patient: bool,
    seconds: float,
) -> None:
    """Sooner if it is known to fail."""
    source.takes = 60.0
    minted = asyncio.create_task(minting.mint(patient=patient))
    await clock.advance(seconds - 0.1)
    assert not minted.done()
    await clock.advance(0.1)
    with pytest.raises(SourceError, match="no token within"):
        await minted


async def test_a_token_is_waited_for_until_it_is_valid(
    minting: Minting, source: ScriptedSource, clock: FakeClock
) -> None:
    """For as long as a request may wait."""
    minting.measured(0.0)
    for ahead, waits in [(5.0, True), (600.0, False)]:
        now = clock.wall()
        source.repeats = Token({"n": str(ahead)}, now + 3600, not_before=now + ahead)
        token, life = await minting.mint(patient=True)
        valid = asyncio.create_task(minting.valid(token, life))
        await clock.advance(4.9)
        assert valid.done() is not waits
        await clock.advance(0.1)
        if waits:
            await valid
        else:
            with pytest.raises(TokenUnavailableError, match="nbf"):
                await valid


async def test_a_token_that_expired_meanwhile_is_refused(
    minting: Minting, source: ScriptedSource, clock: FakeClock
) -> None:
    """By the clock that judges it."""
    token, life = await minting.mint(patient=True)
    await minting.valid(token, life)
    minting.measured(59.0)
    await clock.advance(30)
    with pytest.raises(SourceError, match="has expired"):
        await minting.valid(token, life)
    source.failure = UNREACHABLE
    with pytest.raises(SourceError, match=str(UNREACHABLE)):
        await minting.mint(patient=True)
