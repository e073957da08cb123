"""Asking a source: its answers are recorded and reported."""

import asyncio
import random

import pytest

from proxy.core.tokens.refresh.refresh_policy import Retry
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.keepers.asked_source import AskedSource
from tests.fake_clock import FakeClock
from tests.tokens.scripted import UNREACHABLE, ScriptedSource, parts_of


class FileBehind(ScriptedSource):
    """A source that depends on a file."""

    content = b"1"

    def fingerprint(self) -> bytes:
        """Return what changes with the file."""
        return self.content


@pytest.fixture
def asked(source: ScriptedSource, clock: FakeClock) -> AskedSource:
    """Return the scripted source as a keeper asks it."""
    return parts_of(source, clock).asked


async def test_an_error_that_is_kept_holds_no_frame(
    asked: AskedSource, source: ScriptedSource
) -> None:
    """Frames would keep the request, with its secrets, in memory."""
    source.failure = UNREACHABLE
    with pytest.raises(SourceError) as raised:
        await asked.answer()
    assert raised.value.__traceback__ is not None
    asked.failed(raised.value, None)
    assert str(asked.error) == str(UNREACHABLE)
    assert asked.error is not None
    assert asked.error.__traceback__ is None


def test_the_last_error_is_reported_until_the_attempt_ends(
    asked: AskedSource,
) -> None:
    """Meanwhile the attempt counts as failed, in case it never ends."""
    asked.presume(SourceError("its source has not answered"), None)
    assert (str(asked.error), asked.retry.failures) == (
        "its source has not answered",
        1,
    )
    asked.failed(UNREACHABLE, None, before=Retry())
    assert (str(asked.error), asked.retry.failures) == (str(UNREACHABLE), 1)
    asked.presume(SourceError("its source has not answered"), None)
    assert (str(asked.error), asked.retry.failures) == (str(UNREACHABLE), 2)
    asked.came(60.0, Retry())
    assert (asked.error, asked.retry) == (None, Retry())


async def test_the_time_for_an_answer_is_limited(
    asked: AskedSource, source: ScriptedSource, clock: FakeClock
) -> None:
    """10 s here, or a given time."""
    source.takes = 60.0
    for seconds, told in [(None, "10 s"), (2.0, "2 s")]:
        answer = asyncio.create_task(asked.answer(seconds=seconds))
        await clock.advance(seconds or 10.0)
        with pytest.raises(SourceError, match=f"no token within {told}"):
            await answer


def test_a_pause_can_be_forgotten(asked: AskedSource) -> None:
    """The error stays; whether another attempt helps is unknown."""
    asked.failed(SourceError("429", retry_after=60.0), None)
    assert asked.barred()
    asked.hurry()
    assert not asked.barred()
    assert str(asked.error) == "429"


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (SourceError("429", retry_after=60.0), 60.0),
        (SourceError("broken"), 1.0),
    ],
    ids=["asked to wait", "broken"],
)
def test_a_request_is_told_when_to_come_back(
    asked: AskedSource, error: SourceError, waits: float
) -> None:
    """In a second at the earliest, with the reason."""
    asked.failed(error, None)
    told = asked.unavailable()
    assert str(told) == f"no token for lobby: {error}"
    assert told.retry_after == waits


def test_a_request_is_told_that_nothing_is_known_yet(asked: AskedSource) -> None:
    """Before the first answer."""
    told = asked.unavailable()
    assert str(told) == "no token for lobby: its source has not answered yet"


def test_a_request_is_told_when_the_token_is_valid(asked: AskedSource) -> None:
    """The message names the cause."""
    told = asked.too_early(90.0)
    assert "not valid for another 90 s, by its nbf" in str(told)
    assert told.retry_after == 90.0


async def test_files_that_changed_since_the_last_attempt_are_noticed(
    clock: FakeClock,
) -> None:
    """Before the first attempt nothing is known to have changed."""
    source = FileBehind(clock)
    asked = parts_of(source, clock).asked
    assert (asked.watched, asked.files_changed()) == (True, False)
    asked.begin(clock.mono())
    assert not asked.files_changed()
    source.content = b"2"
    assert asked.files_changed()
    asked.look_at_files()
    assert not asked.files_changed()
    asked.failed(SourceError("bad", recoverable=False), None)
    assert asked.unavailable().retry_after == 5.0


def test_a_source_that_signs_is_never_paced(
    clock: FakeClock, source: ScriptedSource
) -> None:
    """It calls no service."""
    for local, paced in [(True, False), (False, True)]:
        asked = parts_of(source, clock, local=local).asked
        for _ in range(20):
            asked.begin(clock.mono())
            asked.failed(UNREACHABLE, None)
        assert (asked.paced(asked.now()) > 0) is paced


async def test_random_draws_come_from_the_keeper(
    asked: AskedSource, source: ScriptedSource
) -> None:
    """The token is unchanged."""
    assert isinstance(asked.rng, random.Random)
    source.repeats = Token({"token": "T"})
    assert await asked.answer() == source.repeats
