"""A turn is used or returned, whatever happens to its holder."""

import asyncio

import pytest

from proxy.tokens.turns.service_queue import (
    MOST_AT_A_TIME,
    ServiceQueue,
)
from tests.fake_clock import FakeClock
from tests.tokens.turns.busy_service import Service, ended, turn_at


@pytest.fixture
def queue(clock: FakeClock) -> ServiceQueue:
    """Return the queue for one service."""
    return ServiceQueue(clock=clock)


async def test_a_waiter_that_leaves_returns_its_turn(
    clock: FakeClock, queue: ServiceQueue
) -> None:
    """In the queue, at its head, and with an unused turn."""
    service = Service(clock)
    unused = [turn_at(queue) for _ in range(MOST_AT_A_TIME)]
    for turn in unused:
        await turn.reserve()
    line = [asyncio.create_task(turn_at(queue).reserve()) for _ in range(3)]
    players = [
        asyncio.create_task(service.for_a_player(turn_at(queue))) for _ in range(3)
    ]
    await clock.advance(0.5)
    for each in (*line, players[0]):
        each.cancel()
    for turn in unused:
        turn.give_back()
        turn.give_back()
    await clock.settle()
    assert service.under_way == 2
    more = [
        asyncio.create_task(service.for_a_player(turn_at(queue)))
        for _ in range(MOST_AT_A_TIME)
    ]
    await clock.settle()
    assert service.under_way == MOST_AT_A_TIME
    await clock.advance(2.0)
    assert all(each.done() for each in more)


async def test_a_turn_that_is_given_and_cancelled_at_once_is_free_again(
    clock: FakeClock, queue: ServiceQueue
) -> None:
    """Both happen before the waiter runs."""
    taken = [turn_at(queue) for _ in range(MOST_AT_A_TIME)]
    for turn in taken:
        await turn.reserve()
    waits = [
        asyncio.create_task(turn_at(queue).reserve()),
        asyncio.create_task(turn_at(queue).__aenter__()),
    ]
    await clock.advance(0.5)
    for turn in taken:
        turn.give_back()
    await ended(*waits)
    service = Service(clock)
    players = [
        asyncio.create_task(service.for_a_player(turn_at(queue)))
        for _ in range(MOST_AT_A_TIME)
    ]
    await clock.settle()
    assert service.under_way == MOST_AT_A_TIME
    await ended(*players)


async def test_a_turn_shows_whether_any_turn_has_ended(queue: ServiceQueue) -> None:
    """A turn that was returned unused does not count."""
    one, other = turn_at(queue), turn_at(queue)
    await one.reserve()
    one.give_back()
    assert not other.anybody_ended
    async with one:
        pass
    assert other.anybody_ended
