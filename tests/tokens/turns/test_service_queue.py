"""The queue for a token service: players first, others a few at a time."""

import asyncio

import pytest

from proxy.tokens.turns.service_queue import (
    MOST_AT_A_TIME,
    MOST_FOR_PLAYERS,
    ServiceQueue,
)
from tests.fake_clock import FakeClock
from tests.tokens.turns.busy_service import Service, ended, turn_at


@pytest.fixture
def queue(clock: FakeClock) -> ServiceQueue:
    """Return the queue for one service."""
    return ServiceQueue(clock=clock)


async def test_a_thousand_are_spread_and_few_at_a_time(
    clock: FakeClock, queue: ServiceQueue
) -> None:
    """Eight at once, then ten a second: all are done in less than two minutes."""
    service, begun = Service(clock), clock.mono()
    all_ = [asyncio.create_task(service.in_line(turn_at(queue))) for _ in range(1000)]
    await clock.advance(1.0)
    assert len(service.asked) <= 20
    await clock.advance(104.0)
    assert all(each.done() for each in all_)
    assert service.most <= MOST_AT_A_TIME
    assert service.asked[7][1] == pytest.approx(begun)
    assert service.asked[-1][1] - begun == pytest.approx(99.2)


async def test_a_slow_service_gets_eight_calls_at_a_time(
    clock: FakeClock, queue: ServiceQueue
) -> None:
    """However long the queue is."""
    service = Service(clock, seconds=10.0)
    all_ = [asyncio.create_task(service.in_line(turn_at(queue))) for _ in range(40)]
    await clock.advance(49.0)
    assert service.most == MOST_AT_A_TIME
    assert len(service.asked) == 40
    await clock.advance(2.0)
    assert all(each.done() for each in all_)


async def test_players_go_first(clock: FakeClock, queue: ServiceQueue) -> None:
    """They too are limited to eight at a time, if that costs less than a second."""
    service = Service(clock)
    others = [asyncio.create_task(service.in_line(turn_at(queue))) for _ in range(100)]
    await clock.advance(0.1)
    players = [
        asyncio.create_task(service.for_a_player(turn_at(queue))) for _ in range(12)
    ]
    await clock.advance(1.0)
    later = service.asked[8:]
    assert {who for who, at in later if at < 1001.0} == {"player"}
    assert sum(who == "player" for who, _ in later) == 12
    assert service.most == MOST_AT_A_TIME
    await ended(*others, *players)


async def test_a_player_waits_a_second_at_most(
    clock: FakeClock, queue: ServiceQueue
) -> None:
    """After eight requests that a service does not answer."""
    service = Service(clock, seconds=10.0)
    others = [asyncio.create_task(service.in_line(turn_at(queue))) for _ in range(20)]
    await clock.advance(0.1)
    come = clock.mono()
    player = asyncio.create_task(service.for_a_player(turn_at(queue)))
    await clock.advance(1.0)
    assert service.asked[-1] == ("player", come + 1.0)
    await clock.advance(10.0)
    assert player.done()
    # Nine were running: two must end before another begins.
    await clock.advance(60.0)
    assert all(each.done() for each in others)
    assert service.most == MOST_AT_A_TIME + 1


async def test_calls_for_players_are_limited_too(
    clock: FakeClock, queue: ServiceQueue
) -> None:
    """Two hundred streams of a silent service, each with a player."""
    service = Service(clock, seconds=60.0)
    players = [
        asyncio.create_task(service.for_a_player(turn_at(queue))) for _ in range(200)
    ]
    await clock.advance(30.0)
    assert service.most == MOST_FOR_PLAYERS
    await clock.advance(3600.0)
    assert all(each.done() for each in players)
    assert service.most == MOST_FOR_PLAYERS
    assert service.under_way == 0


async def test_local_sources_need_no_turn(clock: FakeClock) -> None:
    """A thousand at once."""
    queue, service = ServiceQueue.unlimited(clock=clock), Service(clock)
    all_ = [asyncio.create_task(service.in_line(turn_at(queue))) for _ in range(1000)]
    await clock.settle(1100)
    assert service.under_way == 1000
    await clock.advance(1.0)
    assert all(each.done() for each in all_)
