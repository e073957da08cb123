"""The fills of a stream have an owner and an end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from proxy.core.http.framing import Framing
from proxy.core.kind import Kind
from proxy.errors import UnreachableError
from proxy.sharing.fill_orders import Begun
from proxy.sharing.fills import UNSHARED_SECONDS, Fills
from proxy.sharing.progress import STALLED_SECONDS
from proxy.store.key import Key
from tests.fake_clock import FakeClock
from tests.streams.scripted_fill import (
    KEY,
    ORDER,
    Body,
    Upstream,
    joined,
    reply,
    store,
)


async def test_a_fill_is_found_while_it_can_be_joined() -> None:
    """After its end, the kept resource is found."""
    kept = store()
    fills = Fills(kept, clock=FakeClock())
    fill = joined(fills, Upstream(reply(Body(b"abc"))))
    assert fills.running(KEY) is fill
    await fill.head()
    await asyncio.sleep(0.01)
    assert fills.running(KEY) is None
    assert kept.find(KEY) is not None
    assert (fills.counts.kept, fills.counts.filling) == (1, 0)


SAID = ("Cache-Control", "no-store")
SIBLING, THIRD = (KEY._replace(path=f"main/{n}.ts", number=n) for n in (1, 2))


async def refuse(fills: Fills, key: Key) -> None:
    """Let a resource turn out not to be shared."""
    fill = joined(fills, Upstream(reply(Body(b"abc"), SAID)), replace(ORDER, key=key))
    await fill.head()
    fill.take()
    fills.leave(fill, 3, first=True)


async def test_c2_unshared_names_are_remembered_for_ten_seconds() -> None:
    """If header fields forbid sharing twice, no neighbour is awaited either."""
    clock = FakeClock()
    fills = Fills(store(), clock=clock)
    for key in (KEY, SIBLING):
        await refuse(fills, key)
    assert fills.unshared(KEY, Kind.SEGMENT) == fills.unshared(THIRD, Kind.SEGMENT)
    assert fills.unshared(THIRD, Kind.MAP) is None
    assert fills.unshared(THIRD._replace(run="other"), Kind.SEGMENT) is None
    await clock.advance(UNSHARED_SECONDS)
    assert fills.unshared(KEY, Kind.SEGMENT) is None


async def test_c2_one_unshared_name_does_not_affect_its_neighbours() -> None:
    """It may be an advertisement, and come again and again."""
    clock = FakeClock()
    fills = Fills(store(), clock=clock)
    for _ in range(2):
        await refuse(fills, KEY)
    assert fills.unshared(KEY, Kind.SEGMENT) is not None
    assert fills.unshared(THIRD, Kind.SEGMENT) is None
    shared = joined(fills, Upstream(reply(Body(b"abc"))), replace(ORDER, key=SIBLING))
    await shared.head()
    await clock.settle()
    await refuse(fills, THIRD)
    assert fills.unshared(SIBLING._replace(path="main/3.ts"), Kind.SEGMENT) is None
    fills.leave(shared, 0, first=True)


async def test_a_resource_that_is_too_large_does_not_affect_its_neighbours() -> None:
    """They may have room."""
    fills = Fills(store(largest=2), clock=FakeClock())
    fill = joined(fills, Upstream(reply(Body(b"abc"))))
    await fill.head()
    fill.take()
    assert fills.unshared(KEY, Kind.SEGMENT) is not None
    assert fills.unshared(KEY._replace(path="main/t.ts"), Kind.SEGMENT) is None


async def test_a_fill_that_all_left_before_its_head_is_given_up() -> None:
    """Nobody joins it any more, and another one may begin at once."""
    gate, fills = asyncio.Event(), Fills(store(), clock=FakeClock())

    async def silent(_: object) -> None:
        await gate.wait()

    fill = fills.begin(ORDER, silent)
    fills.join(fill, first=True)
    await asyncio.sleep(0)
    fills.leave(fill, 0, first=True)
    assert fills.running(KEY) is None
    again = joined(fills, Upstream(reply(Body(b"abc"))))
    await again.head()
    await asyncio.sleep(0.01)
    assert (fills.counts.abandoned, fills.counts.kept) == (1, 1)


@pytest.mark.parametrize("keeps", [True, False])
async def test_only_a_fill_to_be_kept_is_finished_after_all_have_left(
    *, keeps: bool
) -> None:
    """Any other would be fetched for nobody."""
    gate, fills = asyncio.Event(), Fills(store(), clock=FakeClock())

    class Waiting(Body):
        async def chunks(self) -> AsyncIterator[bytes]:
            yield b"a"
            await gate.wait()
            yield b"bc"

    order = replace(ORDER, keeps=keeps)
    fill = joined(fills, Upstream(reply(Waiting(b"abc"))), order)
    await fill.head()
    fills.leave(fill, 1, first=True)
    gate.set()
    await asyncio.sleep(0.01)
    assert (fills.counts.kept, fills.counts.abandoned) == (keeps, not keeps)


async def test_closing_ends_all_fills() -> None:
    """Those who wait get an error."""
    gate, fills = asyncio.Event(), Fills(store(), clock=FakeClock())

    async def silent(_: object) -> None:
        await gate.wait()

    fill = fills.begin(ORDER, silent)
    fills.join(fill, first=True)
    waits = asyncio.create_task(fill.head())
    await asyncio.sleep(0)
    await fills.close()
    with pytest.raises(UnreachableError):
        await waits
    await fills.close()


async def test_followers_bytes_are_counted_as_saved() -> None:
    """The first player's bytes had to be fetched."""
    fills = Fills(store(), clock=FakeClock())
    fill = joined(fills, Upstream(reply(Body(b"abc"))))
    fills.join(fill, first=False)
    assert fills.counts.following == 2
    fills.leave(fill, 3, first=True)
    fills.leave(fill, 3, first=False)
    assert (fills.counts.following, fills.counts.saved_bytes) == (0, 3)
    await asyncio.sleep(0.01)


async def test_the_first_player_of_what_was_begun_ahead_saves_nothing() -> None:
    """It is told from those after it, and from one who is no player."""
    gate, fills = asyncio.Event(), Fills(store(), clock=FakeClock())

    class Waiting(Body):
        async def chunks(self) -> AsyncIterator[bytes]:
            await gate.wait()
            yield b"abc"

    ahead = replace(ORDER, ahead=True)
    fill = fills.begin(ahead, Upstream(reply(Waiting(b"abc"))))
    fills.enter(fill)
    await fills.calm()  # no player waits for anything
    assert fills.join(fill, first=False)
    assert not fills.join(fill, first=False)
    calm = asyncio.create_task(fills.calm())
    await asyncio.sleep(0.01)
    assert not calm.done()
    fills.release(fill)
    gate.set()
    await calm
    counts = fills.counts
    assert (counts.fetched_ahead, counts.ahead, counts.joins) == (1, 1, 1)
    assert (counts.misses, counts.kept, counts.following) == (0, 1, 2)
    for first in (True, False):
        fills.leave(fill, 3, first=first)


async def test_what_is_held_by_the_upstream_does_not_hold_up_others() -> None:
    """Parts come when they exist."""
    fills = Fills(store(), clock=FakeClock())
    gate = asyncio.Event()

    async def silent(_: object) -> None:
        await gate.wait()

    fill = fills.begin(replace(ORDER, kind=Kind.PART), silent)
    fills.join(fill, first=True)
    await fills.calm()
    fills.leave(fill, 0, first=True)


async def test_what_was_dropped_before_anybody_asked_is_fetched_anew() -> None:
    """By a player, and that counts as any other."""
    fills = Fills(store(), clock=FakeClock())
    fills.unasked.add(KEY)
    fill = joined(fills, Upstream(reply(Body(b"abc"))))
    assert (fills.counts.ahead, fills.counts.misses) == (0, 1)
    assert KEY not in fills.unasked
    fills.leave(fill, 0, first=True)
    await fills.close()


async def test_a_fill_keeps_its_order() -> None:
    """It shows whether the fill is the second try."""
    fills = Fills(store(), clock=FakeClock())
    body = Body(b"abc", framing=Framing.CHUNKED)
    fill = joined(fills, Upstream(reply(body)), replace(ORDER, again=True))
    await fill.head()
    assert fill.order.again


class Dripping(Body):
    """A body whose bytes come when a test says so."""

    def __init__(self, length: int) -> None:
        super().__init__(length=length)
        self.coming: asyncio.Queue[bytes] = asyncio.Queue()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the chunks up to the length."""
        left = self.content_length or 0
        while left > 0:
            data = await self.coming.get()
            left -= len(data)
            yield data


@pytest.mark.parametrize("drip", [0, 1000])
async def test_a_stalled_fill_is_joined_by_nobody(drip: int) -> None:
    """A newcomer begins another. Those who follow the first one still get its bytes."""
    clock = FakeClock()
    fills = Fills(store(), clock=clock)
    body = Dripping(100_000)
    fill = joined(fills, Upstream(reply(body)))
    head = await fill.head()
    assert isinstance(head, Begun)
    body.coming.put_nowait(b"x" * 50_000)
    await clock.advance(STALLED_SECONDS - 0.1)
    assert fills.joinable(KEY) is fill
    body.coming.put_nowait(b"x" * drip)
    await clock.advance(0.2)
    assert fills.joinable(KEY) is None
    again = joined(fills, Upstream(reply(Body(b"y" * 100_000))))
    await again.head()
    await clock.settle()
    assert fills.counts.kept == 1
    body.coming.put_nowait(b"x" * (50_000 - drip))
    await clock.settle()
    assert head.growing.size == 100_000
    assert fills.counts.failed == 0
    for each in (fill, again):
        fills.leave(each, 0, first=True)
    await fills.close()


async def test_a_fill_that_is_slow_but_no_trickle_is_joined() -> None:
    """It would be no faster for a newcomer."""
    clock = FakeClock()
    fills = Fills(store(), clock=clock)
    body = Dripping(1_000_000)
    fill = joined(fills, Upstream(reply(body)))
    await fill.head()
    for _ in range(10):
        body.coming.put_nowait(b"x" * 20_000)
        await clock.advance(STALLED_SECONDS - 0.5)
        assert fills.joinable(KEY) is fill
    fills.leave(fill, 0, first=True)
    await fills.close()


async def test_a_stalled_fill_that_all_have_left_ends_at_once() -> None:
    """Else a player that gives up and asks again would wait for it again."""
    clock = FakeClock()
    fills = Fills(store(), clock=clock)
    body = Dripping(100_000)
    fill = joined(fills, Upstream(reply(body)))
    await fill.head()
    body.coming.put_nowait(b"x" * 90_000)
    await clock.advance(10)
    fills.leave(fill, 90_000, first=True)
    await clock.settle()
    assert body.closed
    assert (fills.running(KEY), fills.counts.abandoned) == (None, 1)
