"""Whose turn it is to ask a token service."""

import asyncio
from dataclasses import dataclass, field

import pytest

from proxy.tokens.turns.allowance import Allowance
from proxy.tokens.turns.turn import MOST_AT_A_TIME, MOST_FOR_PLAYERS, Turn, Turns
from tests.fake_clock import FakeClock


def turn_at(turns: Turns) -> Turn:
    """Return the turn of one stream at this service."""
    return Turn(turns, Allowance(clock=FakeClock()))


@dataclass
class Service:
    """Answers each request after a while, and counts those under way."""

    clock: FakeClock
    seconds: float = 0.5
    under_way: int = 0
    most: int = 0
    asked: list[tuple[str, float]] = field(default_factory=list)

    async def ask(self, who: str) -> None:
        """Answer one request."""
        self.asked.append((who, self.clock.mono()))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.clock.sleep(self.seconds)
        finally:
            self.under_way -= 1

    async def for_a_player(self, turn: Turn, who: str = "player") -> None:
        """Ask at once, as players want it."""
        async with turn:
            await self.ask(who)

    async def in_line(self, turn: Turn, who: str = "other") -> None:
        """Ask when the turn comes."""
        await turn.reserve()
        await self.for_a_player(turn, who)


async def ended(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks, and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.fixture
def turns(clock: FakeClock) -> Turns:
    """Return the turns at one service."""
    return Turns(clock=clock)


async def test_a_thousand_are_spread_and_few_at_a_time(
    clock: FakeClock, turns: Turns
) -> None:
    """Eight at once, then ten a second: all of them in less than two minutes."""
    service, begun = Service(clock), clock.mono()
    all_ = [asyncio.create_task(service.in_line(turn_at(turns))) for _ in range(1000)]
    await clock.advance(1.0)
    assert len(service.asked) <= 20
    await clock.advance(104.0)
    assert all(each.done() for each in all_)
    assert service.most <= MOST_AT_A_TIME
    assert service.asked[7][1] == pytest.approx(begun)
    assert service.asked[-1][1] - begun == pytest.approx(99.2)


async def test_a_slow_service_is_asked_by_eight_at_a_time(
    clock: FakeClock, turns: Turns
) -> None:
    """However long the line is."""
    service = Service(clock, seconds=10.0)
    all_ = [asyncio.create_task(service.in_line(turn_at(turns))) for _ in range(40)]
    await clock.advance(49.0)
    assert service.most == MOST_AT_A_TIME
    assert len(service.asked) == 40
    await clock.advance(2.0)
    assert all(each.done() for each in all_)


async def test_players_go_before_all_who_wait(clock: FakeClock, turns: Turns) -> None:
    """And they keep to eight at a time as well, where that costs them no second."""
    service = Service(clock)
    others = [asyncio.create_task(service.in_line(turn_at(turns))) for _ in range(100)]
    await clock.advance(0.1)
    players = [
        asyncio.create_task(service.for_a_player(turn_at(turns))) for _ in range(12)
    ]
    await clock.advance(1.0)
    later = service.asked[8:]
    assert {who for who, at in later if at < 1001.0} == {"player"}
    assert sum(who == "player" for who, _ in later) == 12
    assert service.most == MOST_AT_A_TIME
    await ended(*others, *players)


async def test_a_player_waits_a_second_at_most(clock: FakeClock, turns: Turns) -> None:
    """Behind eight requests that a service does not answer."""
    service = Service(clock, seconds=10.0)
    others = [asyncio.create_task(service.in_line(turn_at(turns))) for _ in range(20)]
    await clock.advance(0.1)
    come = clock.mono()
    player = asyncio.create_task(service.for_a_player(turn_at(turns)))
    await clock.advance(1.0)
    assert service.asked[-1] == ("player", come + 1.0)
    await clock.advance(10.0)
    assert player.done()
    # Nine were under way: two have to end before another begins.
    await clock.advance(60.0)
    assert all(each.done() for each in others)
    assert service.most == MOST_AT_A_TIME + 1


async def test_players_are_bounded_too(clock: FakeClock, turns: Turns) -> None:
    """Two hundred streams of a service that does not answer, each with a player."""
    service = Service(clock, seconds=60.0)
    players = [
        asyncio.create_task(service.for_a_player(turn_at(turns))) for _ in range(200)
    ]
    await clock.advance(30.0)
    assert service.most == MOST_FOR_PLAYERS
    await clock.advance(3600.0)
    assert all(each.done() for each in players)
    assert service.most == MOST_FOR_PLAYERS
    assert service.under_way == 0


async def test_who_leaves_the_line_leaves_its_turn(
    clock: FakeClock, turns: Turns
) -> None:
    """In the line, at its head, and with a turn that was not used."""
    service = Service(clock)
    unused = [turn_at(turns) for _ in range(MOST_AT_A_TIME)]
    for turn in unused:
        await turn.reserve()
    line = [asyncio.create_task(turn_at(turns).reserve()) for _ in range(3)]
    players = [
        asyncio.create_task(service.for_a_player(turn_at(turns))) for _ in range(3)
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
        asyncio.create_task(service.for_a_player(turn_at(turns)))
        for _ in range(MOST_AT_A_TIME)
    ]
    await clock.settle()
    assert service.under_way == MOST_AT_A_TIME
    await clock.advance(2.0)
    assert all(each.done() for each in more)


async def test_a_turn_that_is_given_and_cancelled_in_one_step_is_free_again(
    clock: FakeClock, turns: Turns
) -> None:
    """Both happen before the one who waited runs."""
    taken = [turn_at(turns) for _ in range(MOST_AT_A_TIME)]
    for turn in taken:
        await turn.reserve()
    waits = [
        asyncio.create_task(turn_at(turns).reserve()),
        asyncio.create_task(turn_at(turns).__aenter__()),
    ]
    await clock.advance(0.5)
    for turn in taken:
        turn.give_back()
    await ended(*waits)
    service = Service(clock)
    players = [
        asyncio.create_task(service.for_a_player(turn_at(turns)))
        for _ in range(MOST_AT_A_TIME)
    ]
    await clock.settle()
    assert service.under_way == MOST_AT_A_TIME
    await ended(*players)


async def test_what_is_made_here_takes_no_turns(clock: FakeClock) -> None:
    """A thousand at once."""
    turns, service = Turns.unlimited(clock=clock), Service(clock)
    all_ = [asyncio.create_task(service.in_line(turn_at(turns))) for _ in range(1000)]
    await clock.settle(1100)
    assert service.under_way == 1000
    await clock.advance(1.0)
    assert all(each.done() for each in all_)


async def test_a_turn_tells_whether_anybodys_has_ended(turns: Turns) -> None:
    """A turn that was given back unused does not count."""
    one, other = turn_at(turns), turn_at(turns)
    await one.reserve()
    one.give_back()
    assert not other.anybody_ended
    async with one:
        pass
    assert other.anybody_ended
