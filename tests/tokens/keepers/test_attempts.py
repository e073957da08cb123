"""Attempts: one at a time, limited, and their results."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from proxy.core.tokens.token import Token
from proxy.errors import SourceError, TokenUnavailableError
from proxy.events.refresh import Outcome, Reason, Refresh
from proxy.tokens.keepers.attempts import Attempts
from proxy.tokens.keepers.keeper_parts import KeeperParts
from tests.fake_clock import FakeClock
from tests.tokens.scripted import (
    UNREACHABLE,
    Reports,
    ScriptedSource,
    keeper_of,
    parts_of,
)


@pytest.fixture
def parts(source: ScriptedSource, clock: FakeClock, reports: Reports) -> KeeperParts:
    """Return what attempts on the scripted source share, 10 s for each."""
    return parts_of(source, clock, reports)


@pytest.fixture
async def attempts(parts: KeeperParts) -> AsyncIterator[Attempts]:
    """Return attempts on the scripted source."""
    attempts = Attempts(parts)
    yield attempts
    await attempts.close()


async def test_a_second_start_joins_the_first(
    attempts: Attempts, clock: FakeClock, source: ScriptedSource
) -> None:
    """At most one attempt runs at a time."""
    source.takes = 1.0
    attempts.start()
    await clock.advance(0.5)
    attempts.start()
    await clock.advance(0.5)
    assert not attempts.flying
    assert len(source.asked) == 1


async def test_a_success_is_kept_and_reported(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, reports: Reports
) -> None:
    """With its lifetime and its generation, and without its value."""
    attempts.start()
    await clock.settle()
    assert parts.tokens.kept is not None
    assert parts.tokens.kept.token.fields == {"token": "t1"}
    assert reports.all == [
        Refresh("lobby", Outcome.REFRESHED, generation=1, lives=60.0)
    ]
    assert "t1" not in repr(reports.all)


async def test_a_services_advice_says_when_to_ask_again(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Its refresh_in overrides our own fraction of the lifetime."""
    ends = clock.wall() + 60.0
    source.repeats = Token({"token": "t"}, expires_at=ends, refresh_in=20.0)
    attempts.start()
    await clock.settle()
    assert attempts.due_in(parts.asked.now()) == pytest.approx(20.0)


async def test_another_url_is_another_token(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """If the credential is a URL, no field distinguishes them."""
    for url in ("https://cdn.test/1", "https://cdn.test/1", "https://cdn.test/2"):
        source.repeats = Token({}, url=url, expires_at=clock.wall() + 60.0)
        attempts.start()
        await clock.advance(10.0)
    assert parts.tokens.generation == 2


async def test_a_failure_keeps_the_token_and_reports_the_reason(
    attempts: Attempts,
    parts: KeeperParts,
    clock: FakeClock,
    source: ScriptedSource,
    reports: Reports,
) -> None:
    """The text is for the log, the reason for the metrics."""
    attempts.start()
    await clock.settle()
    kept, source.failure = parts.tokens.kept, UNREACHABLE
    attempts.start()
    await clock.settle()
    assert parts.tokens.kept is kept
    assert str(parts.asked.error) == str(UNREACHABLE)
    assert reports.all[1] == Refresh(
        "lobby",
        Outcome.FAILED,
        generation=1,
        reason=Reason.FAULT,
        detail=str(UNREACHABLE),
    )


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SourceError("429", retry_after=20), Reason.ASKED_TO_WAIT),
        (SourceError("invalid_grant", recoverable=False), Reason.PERMANENT),
    ],
    ids=str,
)
async def test_reasons_are_few(
    clock: FakeClock, source: ScriptedSource, error: SourceError, reason: Reason
) -> None:
    """They show what an operator can do: look, wait, or change something."""
    reports = Reports()
    source.failure = error
    with contextlib.suppress(TokenUnavailableError):
        await keeper_of(source, clock, reports).token()
    assert reports.all[0].reason is reason


async def test_lives_are_counted_from_the_start_of_the_attempt(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """A slow answer does not make the token younger."""
    source.takes = 5.0
    source.repeats = Token({"token": "t"}, expires_at=clock.wall() + 60)
    begun = clock.wall()
    attempts.start()
    await clock.advance(5)
    assert parts.tokens.life is not None
    assert (parts.tokens.life.issued, parts.tokens.life.lifetime) == (begun, 60.0)


async def test_a_silent_source_is_cancelled(
    attempts: Attempts, clock: FakeClock, source: ScriptedSource, reports: Reports
) -> None:
    """After 10 s."""
    source.takes = 3600.0
    attempts.start()
    await clock.advance(10)
    assert not attempts.flying
    assert reports.all[0].detail == "no token within 10 s"


async def test_a_source_that_breaks_is_not_asked_again_at_once(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Its error also reaches the handler of the event loop."""
    heard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: heard.append(context.get("exception"))
    )
    source.failure = ZeroDivisionError("a bug")
    attempts.start()
    await clock.settle()
    assert parts.asked.retry.failures == 1
    assert parts.asked.error is not None
    failure, source.failure = source.failure, None
    attempts.start()
    await clock.settle()
    assert heard == [failure]


async def test_a_running_attempt_does_not_hide_an_earlier_error(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Requests meanwhile get the reason for the missing token."""
    source.takes, source.failure = 5.0, UNREACHABLE
    attempts.start()
    await clock.advance(1)
    assert str(parts.asked.error) == "its source has not answered"
    await clock.advance(4)
    attempts.start()
    await clock.advance(1)
    assert str(parts.asked.error) == str(UNREACHABLE)


async def test_failures_are_counted_until_a_success(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Each attempt counts once."""
    source.failure = UNREACHABLE
    for failures in (1, 2, 3):
        attempts.start()
        await clock.settle()
        assert parts.asked.retry.failures == failures
    source.failure = None
    attempts.start()
    await clock.settle()
    assert (parts.asked.retry.failures, parts.asked.error) == (0, None)


async def test_another_token_that_ends_no_later_replaces_only_what_was_refused(
    attempts: Attempts,
    parts: KeeperParts,
    clock: FakeClock,
    source: ScriptedSource,
    reports: Reports,
) -> None:
    """Otherwise the kept one is just as good."""
    attempts.start()
    await clock.settle()
    source.repeats = Token({"token": "other"}, expires_at=clock.wall() + 30)
    attempts.start()
    await clock.settle()
    assert parts.tokens.generation == 1
    attempts.start(replace=True)
    attempts.start()
    await clock.settle()
    assert parts.tokens.generation == 2
    await clock.advance(5)
    source.repeats = Token({"token": "third"}, expires_at=clock.wall() + 15)
    attempts.start()
    await clock.settle()
    assert parts.tokens.generation == 2
    assert reports.outcomes == {"refreshed": 2, "unchanged": 2}


async def test_the_same_token_keeps_its_generation(
    attempts: Attempts, parts: KeeperParts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Even if its lifetime was extended, which counts."""
    source.repeats = Token({"token": "t"}, expires_at=clock.wall() + 60)
    attempts.start()
    await clock.settle()
    source.repeats = Token({"token": "t"}, expires_at=clock.wall() + 90)
    attempts.start(replace=True)
    await clock.settle()
    assert parts.tokens.generation == 1
    assert parts.tokens.life is not None
    assert parts.tokens.life.lifetime == 90.0


async def test_a_waiter_learns_how_an_attempt_ended(
    attempts: Attempts, clock: FakeClock, source: ScriptedSource
) -> None:
    """Success or failure."""
    source.failure = UNREACHABLE
    end = attempts.next_end()
    attempts.start()
    assert attempts.next_end() is end
    await clock.settle()
    assert end.done()
    assert not attempts.next_end().done()
