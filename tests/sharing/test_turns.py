"""A worker waits while another one fetches the same resource."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from proxy.core.kind import Kind
from proxy.sharing.fill_orders import Found, Order
from proxy.sharing.fills import Fills
from proxy.sharing.turns import LOOK_SECONDS, VAIN_SECONDS, WAIT_SECONDS, Turns
from proxy.store.port import Head
from proxy.store.store import TieredStore
from proxy.system import sockets
from tests.fake_clock import FakeClock
from tests.store.workers import keep, key, stores
from tests.streams.scripted_fill import KEY, Body, Upstream, joined, reply, store

pytestmark = pytest.mark.skipif(not sockets.hands_sockets(), reason="no workers here")

DATA = b"media" * 1000


class Stage:
    """The turns of two workers at the same stream."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.memories = stores(folder)
        self.stores = [TieredStore(memory) for memory in self.memories]
        self.one, self.other, _ = (
            Turns(each, clock=self.clock) for each in self.stores
        )

    def fresh(self, seconds: float = 60.0) -> Head:
        """Return the head of a resource that is fresh for this long."""
        return Head((), self.clock.wall(), seconds)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return two workers."""
    return Stage(tmp_path)


def order(number: int = 1, kind: Kind = Kind.SEGMENT) -> Order:
    """Return an order for a segment."""
    return Order(key(number), kind)


async def test_the_second_one_gets_what_the_first_one_has_fetched(
    stage: Stage,
) -> None:
    """As soon as it is complete, also if the first one ends its turn late."""
    turn = await stage.one.take(order())
    assert turn is not None
    waiting = asyncio.create_task(stage.other.take(order()))
    await stage.clock.advance(WAIT_SECONDS / 2)
    assert not waiting.done()
    keep(stage.memories[0], key(1), DATA, stage.fresh())
    assert not isinstance(turn, Found)
    turn.end()
    await stage.clock.advance(LOOK_SECONDS)
    found = await waiting
    assert isinstance(found, Found)
    assert found.kept.read(0, len(DATA)) == DATA
    # The turn is free again.
    assert await stage.one.take(replace(order(), key=key(1))) is not None


async def test_what_was_fetched_just_before_is_found_without_a_wait(
    stage: Stage,
) -> None:
    """Its player did not see it when it asked."""
    keep(stage.memories[0], key(1), DATA, stage.fresh())
    assert isinstance(await stage.other.take(order()), Found)


async def test_a_stale_copy_is_not_taken_for_the_resource(stage: Stage) -> None:
    """It is fetched anew."""
    keep(stage.memories[0], key(1), DATA, stage.fresh(0.0))
    turn = await stage.other.take(order())
    assert turn is not None
    assert not isinstance(turn, Found)


async def test_after_a_failure_the_next_one_has_the_turn(stage: Stage) -> None:
    """Without having waited for the whole time."""
    turn = await stage.one.take(order())
    assert turn is not None
    assert not isinstance(turn, Found)
    waiting = asyncio.create_task(stage.other.take(order()))
    await stage.clock.advance(2 * LOOK_SECONDS)
    turn.end()
    await stage.clock.advance(LOOK_SECONDS)
    next_turn = await waiting
    assert next_turn is not None
    assert not isinstance(next_turn, Found)
    assert stage.stores[0].take_turn(key(1)) is None


async def test_a_wait_in_vain_is_not_repeated_for_the_siblings(stage: Stage) -> None:
    """A slow upstream would delay each of them; init sections are others."""
    held = [await stage.one.take(order(number)) for number in range(4)]
    init = await stage.one.take(order(9, Kind.MAP))
    waiting = asyncio.create_task(stage.other.take(order(0)))
    await stage.clock.advance(WAIT_SECONDS + LOOK_SECONDS)
    assert await waiting is None
    assert await asyncio.wait_for(stage.other.take(order(1)), 1) is None
    of_init = asyncio.create_task(stage.other.take(order(9, Kind.MAP)))
    await stage.clock.advance(VAIN_SECONDS)
    assert await of_init is None
    waiting = asyncio.create_task(stage.other.take(order(2)))
    await stage.clock.settle()
    assert not waiting.done()
    waiting.cancel()
    assert all(held)
    assert init


@pytest.mark.parametrize(
    "wanted",
    [
        order(kind=Kind.PART),
        order(kind=Kind.KEY),
        replace(order(), again=True),
    ],
)
async def test_some_are_fetched_without_a_turn(stage: Stage, wanted: Order) -> None:
    """Parts take long by themselves, keys stay private, a second try is urgent."""
    held = await stage.one.take(order())
    assert held is not None
    assert await asyncio.wait_for(stage.other.take(wanted), 1) is None


async def test_a_single_process_takes_no_turns() -> None:
    """Nor does a store that is off."""
    turns = Turns(store(), clock=FakeClock())
    assert await turns.take(order()) is None
    assert await turns.take(order()) is None


async def test_players_get_what_another_worker_has_fetched(stage: Stage) -> None:
    """Without a request upstream; the fill of the first one ends its turn."""
    one, other = (Fills(each, clock=stage.clock) for each in stage.stores[:2])
    body, unasked = Body(DATA), Upstream(reply(Body(b"other")))
    first = joined(one, Upstream(reply(body)))
    await first.head()
    second = joined(other, unasked)
    await stage.clock.advance(2 * LOOK_SECONDS)
    head = await second.head()
    assert isinstance(head, Found)
    assert head.kept.read(0, len(DATA)) == DATA
    assert unasked.asked == []
    assert stage.stores[0].take_turn(KEY) is not None


async def test_an_answer_that_is_not_shared_ends_the_turn(stage: Stage) -> None:
    """Before its player has taken it."""
    fills = Fills(stage.stores[0], clock=stage.clock)
    said = ("Cache-Control", "no-store")
    fill = joined(fills, Upstream(reply(Body(b"abc"), said)))
    await fill.head()
    assert stage.stores[1].take_turn(KEY) is not None
    fills.leave(fill, 0, first=True)
