"""Asking a source: the account of its answers, and what is told of it."""

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
    """A source that rests on a file."""

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
    """Frames hold the request, with its secrets, and whatever else was loaded."""
    source.failure = UNREACHABLE
    with pytest.raises(SourceError) as raised:
        await asked.answer()
    assert raised.value.__traceback__ is not None
    asked.failed(raised.value, None)
    assert str(asked.error) == str(UNREACHABLE)
    assert asked.error is not None
    assert asked.error.__traceback__ is None


def test_what_was_told_before_is_told_until_the_attempt_ends(
    asked: AskedSource,
) -> None:
    """But the attempt counts as failed meanwhile, in case that nothing ends it."""
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


async def test_an_answer_takes_so_long_and_no_longer(
    asked: AskedSource, source: ScriptedSource, clock: FakeClock
) -> None:
    """10 s here, or what is asked for."""
    source.takes = 60.0
    for seconds, told in [(None, "10 s"), (2.0, "2 s")]:
        answer = asyncio.create_task(asked.answer(seconds=seconds))
        await clock.advance(seconds or 10.0)
        with pytest.raises(SourceError, match=f"no token within {told}"):
            await answer


def test_what_was_to_be_waited_for_can_be_forgotten(asked: AskedSource) -> None:
    """The error is told on; whether another attempt helps is not known."""
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
    """No sooner than in a second; and why."""
    asked.failed(error, None)
    told = asked.unavailable()
    assert str(told) == f"no token for lobby: {error}"
    assert told.retry_after == waits


def test_a_request_is_told_that_nothing_is_known_yet(asked: AskedSource) -> None:
    """Before the first answer."""
    told = asked.unavailable()
    assert str(told) == "no token for lobby: its source has not answered yet"


def test_a_request_is_told_when_the_token_is_valid(asked: AskedSource) -> None:
    """In words that name what is wrong."""
    told = asked.too_early(90.0)
    assert "not valid for another 90 s, by its nbf" in str(told)
    assert told.retry_after == 90.0


async def test_files_that_changed_since_the_last_attempt_are_seen(
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
    """It asks nobody."""
    for local, paced in [(True, False), (False, True)]:
        asked = parts_of(source, clock, local=local).asked
        for _ in range(20):
            asked.begin(clock.mono())
            asked.failed(UNREACHABLE, None)
        assert (asked.paced(asked.now()) > 0) is paced


async def test_draws_are_those_of_the_keeper(
    asked: AskedSource, source: ScriptedSource
) -> None:
    """A token is as it came."""
    assert isinstance(asked.rng, random.Random)
    source.repeats = Token({"token": "T"})
    assert await asked.answer() == source.repeats
