"""How often all members of a family together may call their token service."""

import asyncio

import pytest

from proxy.errors import SourceError
from proxy.tokens.keepers.once_keeper import OnceKeeper
from proxy.tokens.keepers.stream_keeper import StreamKeeper
from proxy.tokens.turns.allowance import MOST_AT_ONCE, Allowance
from proxy.tokens.turns.service_queue import ServiceQueue
from proxy.tokens.turns.turn import Turn
from tests.fake_clock import FakeClock
from tests.tokens.scripted import Asked, Reports, ScriptedSource, asking, seeded

BUSY = SourceError("id.test answered 429", retry_after=60, for_all=True)
DOWN = SourceError("id.test does not answer", for_all=True)
MEMBERS = 303


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that the test moves."""
    return FakeClock()


class Family:
    """Members of a family, whose tokens come from one service."""

    def __init__(self, clock: FakeClock, *, once: bool = False) -> None:
        self.clock = clock
        self.source = ScriptedSource(clock)
        self.turns = ServiceQueue(clock=clock)
        self.allowance = Allowance(clock=clock)
        self.allowance.shared = True
        self.reports = Reports()
        self.once = once

    def member(self, name: str = "all") -> StreamKeeper | OnceKeeper:
        """Return the keeper of one member."""
        return (OnceKeeper if self.once else StreamKeeper)(
            self.source,
            stream=name,
            local=False,
            clock=self.clock,
            rng=seeded(),
            report=self.reports,
            turn=Turn(self.turns, self.allowance),
        )

    async def asked_by(
        self, *members: StreamKeeper | OnceKeeper, within: float = 9.0
    ) -> list[Asked]:
        """Ask all of them for a token at the same time."""
        tasks = [
            asyncio.create_task(asking(self.clock, member.token)) for member in members
        ]
        await self.clock.advance(within)
        assert all(task.done() for task in tasks)
        return [task.result() for task in tasks]


@pytest.mark.parametrize("once", [False, True], ids=["kept", "once"])
async def test_a_pause_applies_to_all_members(
    clock: FakeClock,
    once: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """429 with Retry-After: 60: running calls are answered, then there are none."""
    family = Family(clock, once=once)
    family.source.failure, family.source.takes = BUSY, 0.05
    members = [family.member() for _ in range(MEMBERS)]
    answers = await family.asked_by(*members)
    assert len(family.source.asked) <= 8
    assert all(each.error is not None for each in answers)
    assert all(58 < each.error.retry_after <= 60 for each in answers if each.error)
    assert all("429" in str(each.error) for each in answers)
    assert max(each.seconds for each in answers) < 2
    before = len(family.source.asked)
    for _ in range(5):
        await family.asked_by(*members)
    assert len(family.source.asked) == before
    family.source.failure = None
    await clock.advance(60)
    answers = await family.asked_by(*members, within=30.0)
    assert all(each.kept for each in answers)


async def test_a_service_that_is_down_is_tried_as_by_one_stream(
    clock: FakeClock,
) -> None:
    """A burst, then 30 a minute; once it is back, all have tokens within seconds."""
    family = Family(clock)
    family.source.failure, family.source.takes = DOWN, 0.05
    members = [family.member() for _ in range(MEMBERS)]
    for _ in range(6):
        await family.asked_by(*members, within=10.0)
    assert 8 <= len(family.source.asked) <= 2 * 8 + 30
    family.source.failure = None
    await family.asked_by(*members, within=10.0)
    answers = await family.asked_by(*members, within=10.0)
    assert all(each.kept for each in answers)


async def test_the_refusal_of_one_member_delays_no_other(clock: FakeClock) -> None:
    """404 for an unknown id: an attacker could request thousands."""
    family = Family(clock)
    family.source.failure = SourceError("404", recoverable=False, retry_after=600)
    await family.asked_by(*(family.member() for _ in range(50)), within=1.0)
    assert len(family.source.asked) == 50
    family.source.failure = None
    (answer,) = await family.asked_by(family.member(), within=0.0)
    assert answer.kept


async def test_played_members_go_first(clock: FakeClock) -> None:
    """The service answers 500 to unknown ids."""
    family = Family(clock)
    playing = family.member("playing")
    await playing.token()
    await clock.advance(59)
    family.source.failure = DOWN
    strangers = [family.member() for _ in range(30)]
    await family.asked_by(*strangers)
    family.source.failure = None
    tasks = [
        asyncio.create_task(asking(clock, each.token)) for each in (*strangers, playing)
    ]
    while not any(task.done() and task.result().kept for task in tasks):
        await clock.advance(0.25)
    assert tasks[-1].done()
    assert tasks[-1].result().kept
    for task in tasks:
        task.cancel()


async def test_a_hanging_family_has_a_limit_on_calls(clock: FakeClock) -> None:
    """A stream of the same service gets its turn within a second."""
    family = Family(clock)
    family.source.takes = 3600.0
    members = [family.member() for _ in range(240)]
    tasks = [asyncio.create_task(asking(clock, member.token)) for member in members]
    await clock.advance(5.0)
    assert len(family.source.asked) == MOST_AT_ONCE
    other = ScriptedSource(clock)
    lobby = StreamKeeper(
        other,
        stream="lobby",
        local=False,
        clock=clock,
        rng=seeded(),
        report=Reports(),
        turn=Turn(family.turns, Allowance(clock=clock)),
    )
    answer = asyncio.create_task(asking(clock, lobby.token))
    await clock.advance(1.0)
    assert answer.done()
    assert answer.result().kept
    await clock.advance(30)
    assert {task.result().kept for task in tasks} == {None}
    for member in members:
        assert isinstance(member, StreamKeeper)
        await member.close()
    assert len(family.source.asked) <= 2 * MOST_AT_ONCE


async def test_a_refused_token_waits_for_the_pause(
    clock: FakeClock,
) -> None:
    """The player gets 503 with Retry-After, and there is no call."""
    family = Family(clock)
    one, other = family.member(), family.member()
    kept = await one.token()
    family.source.failure = BUSY
    await asking(clock, other.token)
    before = len(family.source.asked)
    answer = await asking(clock, lambda: one.refused(kept))
    assert answer.error is not None
    assert answer.error.retry_after == pytest.approx(60)
    assert len(family.source.asked) == before


async def test_one_stream_keeps_to_a_pause_although_its_token_ends(
    clock: FakeClock,
) -> None:
    """Its service asked for a minute; the token has twenty seconds left."""
    family = Family(clock)
    family.allowance.shared = False
    lobby = family.member("lobby")
    assert isinstance(lobby, StreamKeeper)
    async with lobby.running():
        await clock.advance(1)
        family.source.failure = BUSY
        while len(family.source.asked) == 1:
            await clock.advance(0.5)
        family.source.failure = None
        asked_at = family.source.asked[-1]
        while clock.mono() < asked_at + 59:
            await asking(clock, lobby.token)
            await clock.advance(1)
        assert len(family.source.asked) == 2
        await clock.advance(2)
    assert family.source.asked[2] == pytest.approx(asked_at + 60, abs=0.6)


async def test_a_pause_ends_while_the_machine_is_suspended(clock: FakeClock) -> None:
    """The monotonic clock stops meanwhile."""
    family = Family(clock)
    family.source.failure = BUSY
    one = family.member()
    await asking(clock, one.token)
    family.source.failure = None
    await clock.jump(3600)
    answer = await asking(clock, one.token)
    assert answer.kept


async def test_a_cancelled_waiter_blocks_no_queue(
    clock: FakeClock,
) -> None:
    """It is cancelled in each queue; the next waiters find them open."""
    family = Family(clock)
    family.source.failure = DOWN
    await family.asked_by(*(family.member() for _ in range(20)))
    family.source.failure, family.source.takes = None, 5.0
    await clock.advance(60)
    members = [family.member() for _ in range(100)]
    tasks = [asyncio.create_task(asking(clock, each.token)) for each in members]
    await clock.advance(0.5)
    for task in tasks:
        task.cancel()
    for member in members:
        assert isinstance(member, StreamKeeper)
        await member.close()
    family.source.takes = 0.0
    await clock.advance(60)
    answers = await family.asked_by(*(family.member() for _ in range(40)))
    assert all(each.kept for each in answers)
