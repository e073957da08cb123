"""Requests that wait: for how long, and with which result."""

import asyncio

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import TokenUnavailableError
from proxy.tokens.keepers.attempts import Attempts
from proxy.tokens.keepers.holds import Holds
from proxy.tokens.keepers.keeper_parts import KeeperParts
from proxy.tokens.keepers.upkeep import Upkeep
from tests.fake_clock import FakeClock
from tests.tokens.scripted import UNREACHABLE, ScriptedSource, parts_of


@pytest.fixture
def parts(source: ScriptedSource, clock: FakeClock) -> KeeperParts:
    """Return what attempts on the scripted source share."""
    return parts_of(source, clock)


@pytest.fixture
def attempts(parts: KeeperParts) -> Attempts:
    """Return attempts on the scripted source."""
    return Attempts(parts)


@pytest.fixture
def holds(parts: KeeperParts, attempts: Attempts) -> Holds:
    """Return the holds of these attempts."""
    return Holds(parts, attempts, Upkeep(parts, attempts, warm=True))


async def test_a_request_waits_for_the_first_token(
    holds: Holds, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """It starts the attempt itself if none is running."""
    source.takes = 1.0
    held = asyncio.create_task(holds.usable())
    await clock.advance(1.0)
    assert held.done()
    assert parts.tokens.generation == 1


async def test_a_request_fails_after_8_s(
    holds: Holds, clock: FakeClock, source: ScriptedSource
) -> None:
    """With the source's own message."""
    source.failure = UNREACHABLE
    held = asyncio.create_task(holds.usable())
    await clock.advance(8.0)
    with pytest.raises(TokenUnavailableError, match=str(UNREACHABLE)):
        await held


async def test_a_token_that_is_not_valid_yet_is_reported(
    holds: Holds, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Nobody waits ten minutes."""
    now = clock.wall()
    parts.tokens.measured(0.0)
    source.repeats = Token({"token": "T"}, now + 3600, not_before=now + 600)
    held = asyncio.create_task(holds.usable())
    await clock.advance(1.0)
    with pytest.raises(TokenUnavailableError, match="not valid for another 600 s"):
        await held
    assert "nbf" in str(holds.unavailable())


async def test_a_refusal_waits_for_a_newer_token(
    holds: Holds, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """A source without another one is no failure; a failing source is."""
    await holds.usable()
    kept = parts.tokens.kept
    assert kept is not None
    source.repeats = kept.token
    assert not await holds.replaced(kept)
    source.repeats = None
    assert await holds.replaced(kept)
    kept = parts.tokens.kept
    assert kept is not None
    source.failure = UNREACHABLE
    await clock.advance(10)
    with pytest.raises(TokenUnavailableError):
        await holds.replaced(kept)


async def test_a_hanging_attempt_is_waited_for_from_its_start(
    holds: Holds, attempts: Attempts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Later requests do not wait longer."""
    source.takes = 60.0
    attempts.start()
    await clock.advance(1.5)
    late = asyncio.create_task(holds.end(2.0))
    await clock.advance(0.5)
    assert late.done()
    await attempts.close()
