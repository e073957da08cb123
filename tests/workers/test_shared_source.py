"""One source for many workers: how often its service is called."""

import asyncio
from collections.abc import Callable

import pytest

from proxy.clock import Clock
from proxy.core.tokens.token import Token
from proxy.errors import SourceError
from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.service_queue import ServiceQueue
from proxy.tokens.turns.turn import Turn
from proxy.workers.shared_source import SharedSource
from proxy.workers.token_results import HEARD_SECONDS, Result
from tests.fake_clock import FakeClock
from tests.tokens.scripted import ScriptedSource

DOWN = SourceError("it is down")


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that the test moves."""
    return FakeClock()


@pytest.fixture
def source(clock: FakeClock) -> ScriptedSource:
    """Return a source whose tokens live for a minute."""
    return ScriptedSource(clock)


Share = Callable[..., SharedSource]


@pytest.fixture
def share(clock: FakeClock, source: ScriptedSource) -> Share:
    """Return the shared source."""

    def made(
        *, once: bool = False, turn: Turn | None = None, came: list[int] | None = None
    ) -> SharedSource:
        return SharedSource(
            source,
            turn or Turn.unlimited(clock=clock),
            stream="lobby",
            seconds=10.0,
            once=once,
            clock=clock,
            came=(came if came is not None else []).append,
        )

    return made


def value(result: Result) -> object:
    """Return the value of the token, or the message of the error."""
    return result.token.fields["token"] if result.token else str(result.error)


async def test_simultaneous_requests_get_the_same_token(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """For one of them the attempt counts as its own."""
    source.takes = 1.0
    shared = share()
    asking = [asyncio.create_task(shared.after(0)) for _ in range(5)]
    await clock.advance(1.0)
    results = await asyncio.gather(*asking)
    assert list(map(value, results)) == ["t1"] * 5
    assert sum(result.made for result in results) == 1
    assert len(source.asked) == 1


async def test_later_requests_get_the_kept_token(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """Until a refresh is due; then the first request refreshes it for all."""
    shared = share()
    first = await shared.after(0)
    await clock.advance(30)
    assert value(await shared.after(0)) == "t1"
    # Both workers know it, and for one of them it is refused or due.
    newer = await shared.after(first.number)
    assert (value(newer), newer.made) == ("t2", True)
    other = await shared.after(first.number)
    assert (value(other), other.made) == ("t2", False)
    assert len(source.asked) == 2
    # After 48 s of 60, a new worker should not start with the old one.
    await clock.advance(48)
    assert value(await shared.after(0)) == "t3"


async def test_refusals_of_one_token_cause_one_refresh(
    share: Share, source: ScriptedSource
) -> None:
    """The first one counts; the others had the same token."""
    shared = share()
    first = await shared.after(0)
    results = [await shared.after(first.number) for _ in range(4)]
    assert list(map(value, results)) == ["t2"] * 4
    assert len(source.asked) == 2


async def test_a_failure_reaches_all_and_costs_one_attempt(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """A worker that knows it tries again; others only once it is old."""
    source.failure = DOWN
    shared = share()
    failed = await shared.after(0)
    assert (value(failed), failed.made) == ("it is down", True)
    await clock.advance(HEARD_SECONDS / 2)
    heard = await shared.after(0)
    assert (value(heard), heard.made, heard.number) == ("it is down", False, 1)
    assert len(source.asked) == 1
    again = await shared.after(failed.number)
    assert (again.made, again.number) == (True, 2)
    await clock.advance(HEARD_SECONDS)
    assert (await shared.after(0)).number == 3
    source.failure = None
    assert value(await shared.after(3)) == "t4"
    assert value(await shared.after(0)) == "t4"


async def test_a_requested_delay_applies_to_all(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """Each gets what is left of it."""
    source.failure = SourceError("wait", retry_after=60.0)
    shared = share()
    await shared.after(0)
    await clock.advance(45)
    heard = await shared.after(0)
    assert heard.error is not None
    assert heard.error.retry_after == pytest.approx(15)
    assert len(source.asked) == 1


async def test_a_failed_refresh_leaves_the_token(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """A worker that starts meanwhile gets it; the others get the reason."""
    shared = share()
    first = await shared.after(0)
    await clock.advance(50)
    source.failure = DOWN
    assert value(await shared.after(first.number)) == "it is down"
    assert value(await shared.after(0)) == "t1"
    await clock.advance(HEARD_SECONDS)
    # It tries too, and gets the token.
    assert value(await shared.after(0)) == "t1"
    assert len(source.asked) == 3
    await clock.advance(10)
    assert value(await shared.after(0)) == "it is down"


async def test_a_single_use_token_is_given_once(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """For any number of requests at the same time."""
    source.takes = 1.0
    shared = share(once=True)
    asking = [asyncio.create_task(shared.after(0)) for _ in range(3)]
    await clock.advance(1.0)
    results = await asyncio.gather(*asking)
    assert len(source.asked) == 3
    assert sorted(result.number for result in results) == [1, 2, 3]
    assert all(result.made for result in results)
    source.failure = DOWN
    failing = asyncio.create_task(shared.after(0))
    await clock.advance(1.0)
    assert value(await failing) == "it is down"


async def test_a_worker_that_leaves_does_not_end_a_shared_attempt(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """Not even if it was the only one, because a refresh token was sent."""
    source.takes = 1.0
    came: list[int] = []
    shared = share(came=came)
    asking = asyncio.create_task(shared.after(0))
    await clock.settle()
    asking.cancel()
    await clock.advance(1.0)
    assert came == [1]
    assert value(await shared.after(0)) == "t1"


async def test_an_attempt_ends_in_time(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """As for one process; closing ends it too."""
    source.takes = 100.0
    shared = share()
    asking = asyncio.create_task(shared.after(0))
    await clock.advance(10.0)
    assert value(await asking) == "no token within 10 s"
    asking = asyncio.create_task(shared.after(1))
    await clock.settle()
    await shared.close()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_advice_when_to_refresh_counts_from_now(clock: FakeClock) -> None:
    """In seconds from when the worker gets it."""

    class Advising:
        async def fetch(self) -> Token:
            return Token({"token": "t"}, refresh_in=1000.0)

    shared = SharedSource(
        Advising(),
        Turn.unlimited(clock=clock),
        stream="lobby",
        seconds=10.0,
        once=False,
        clock=clock,
        came=lambda _: None,
    )
    await shared.after(0)
    await clock.advance(600)
    result = await shared.after(0)
    assert result.token is not None
    assert result.token.refresh_in == pytest.approx(400)


def crowded(clock: Clock) -> ServiceQueue:
    """Return the queue of a service that takes one request at a time."""
    return ServiceQueue(clock=clock, most=1, pace_seconds=0)


async def test_a_stream_takes_one_turn_for_all_workers(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """Both wait for the same turn; the first uses it, the other needs none."""
    queue = crowded(clock)
    shared = share(turn=Turn(queue, Allowance(clock=clock)))
    await queue.first()
    waiting = [asyncio.create_task(shared.in_line(0, who)) for who in ("a", "b")]
    await clock.settle()
    assert not any(task.done() for task in waiting)
    queue.end()
    await asyncio.gather(*waiting)
    assert value(await shared.after(0)) == "t1"
    shared.give_back("a")
    assert value(await shared.after(0)) == "t1"
    shared.give_back("b")
    await asyncio.wait_for(queue.first(), 1)
    # If there is a result that it does not know, a worker needs no turn.
    await asyncio.wait_for(shared.in_line(0, "c"), 1)
    assert len(source.asked) == 1


async def test_an_unused_turn_goes_to_others(share: Share, clock: FakeClock) -> None:
    """Once the last worker has returned it or died."""
    queue = crowded(clock)
    shared = share(turn=Turn(queue, Allowance(clock=clock)))
    await shared.in_line(0, "a")
    await shared.in_line(0, "b")
    shared.give_back("a")
    other = asyncio.create_task(queue.in_line())
    await clock.settle()
    assert not other.done()
    shared.give_back("b")
    await asyncio.wait_for(other, 1)


async def test_a_service_that_asked_for_a_pause_is_not_called(
    share: Share, source: ScriptedSource, clock: FakeClock
) -> None:
    """The pace of a service applies to all workers."""
    source.failure = SourceError("slow down", retry_after=30.0, for_all=True)
    shared = share()
    first = await shared.after(0)
    await clock.advance(1)
    second = await shared.after(first.number)
    assert len(source.asked) == 1
    assert second.error is not None
    assert second.error.for_all
    assert second.error.retry_after == pytest.approx(29)
    assert "slow down" in str(second.error)
