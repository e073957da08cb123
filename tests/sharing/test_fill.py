"""A fill fetches once, keeps complete bodies, and hands over what is not shared."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from proxy.core.http.framing import Framing
from proxy.core.kind import Kind
from proxy.errors import TruncatedError, UnreachableError
from proxy.sharing.fill_orders import Begun, Handed, StillValid
from proxy.sharing.fills import Fills
from proxy.store.port import Head as Kept
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


async def test_i1_a_body_that_is_shorter_than_announced_is_not_kept() -> None:
    """Nor is one that is longer."""
    for sent in (b"abc", b"abcdefg"):
        kept = store()
        fills = Fills(kept, clock=FakeClock())
        fill = joined(fills, Upstream(reply(Body(sent, length=5))))
        head = await fill.head()
        assert isinstance(head, Begun)
        reader = head.growing.enter(0)
        assert await head.growing.read(reader, None) == sent
        with pytest.raises(TruncatedError):
            await head.growing.read(reader, None)
        assert kept.find(KEY) is None
        assert fill.outcome == "failed"


async def test_i2_a_chunked_body_without_its_last_chunk_is_not_kept() -> None:
    """The failure comes after the bytes that arrived."""
    kept = store()
    fills = Fills(kept, clock=FakeClock())
    body = Body(b"abc", TruncatedError("no last chunk"), framing=Framing.CHUNKED)
    await joined(fills, Upstream(reply(body))).head()
    await asyncio.sleep(0.01)
    assert kept.find(KEY) is None
    assert body.closed


async def test_a_playlist_is_not_a_shared_fill() -> None:
    """Each player loads its own."""
    fills = Fills(store(), clock=FakeClock())
    fill = joined(fills, Upstream(None))
    assert await fill.head() is None
    assert fills.running(KEY) is None
    assert fills.unshared(KEY, ORDER.kind) is not None


async def test_an_answer_that_nobody_takes_is_closed() -> None:
    """Its player has left."""
    fills = Fills(store(), clock=FakeClock())
    body = Body(b"abc", framing=Framing.CLOSE)
    fill = joined(fills, Upstream(reply(body)))
    assert isinstance(await fill.head(), Handed)
    assert not body.closed
    fills.leave(fill, 0, first=True)
    await asyncio.sleep(0.01)
    assert body.closed
    assert fills.counts.filling == 0


async def test_an_answer_that_was_taken_is_not_closed() -> None:
    """It belongs to the player; only one gets it."""
    fills = Fills(store(), clock=FakeClock())
    body = Body(b"abc", framing=Framing.CLOSE)
    fill = joined(fills, Upstream(reply(body)))
    fills.join(fill, first=False)
    await fill.head()
    taken = fill.take()
    assert taken is not None
    assert taken.answer is body
    assert fill.take() is None
    fills.leave(fill, 0, first=True)
    fills.leave(fill, 0, first=False)
    await asyncio.sleep(0.01)
    assert not body.closed
    assert (fills.counts.filling, fills.counts.abandoned) == (0, 0)


async def test_a_304_makes_a_kept_resource_fresh_again() -> None:
    """Its fields replace the earlier ones; the bytes stay."""
    kept, clock = store(), FakeClock()
    writing = kept.begin(KEY, 3)
    assert writing is not None
    writing.append(b"abc")
    old = (("ETag", '"a"'), ("Cache-Control", "max-age=60"), ("Content-Type", "x"))
    stale = writing.commit(Kept(old, clock.wall() - 100, 60.0))
    fills = Fills(kept, clock=clock)
    new = ("Cache-Control", "max-age=90")
    upstream = Upstream(reply(Body(framing=Framing.NONE), new, status=304))
    head = await joined(fills, upstream, replace(ORDER, stale=stale)).head()
    assert isinstance(head, StillValid)
    found = kept.find(KEY)
    assert found is not None
    assert found is head.kept
    assert found.head.headers == (old[0], old[2], new)
    assert (found.head.born_at, found.head.fresh_seconds) == (clock.wall(), 90)
    assert found.read(0, 3) == b"abc"
    assert upstream.asked == [(("If-None-Match", '"a"'),)]


async def test_a_resource_that_is_no_longer_listed_is_shared_but_not_kept() -> None:
    """The upstream may soon have another resource with that name."""
    kept = store()
    fills = Fills(kept, clock=FakeClock())
    fill = joined(fills, Upstream(reply(Body(b"abc"))), replace(ORDER, keeps=False))
    assert isinstance(await fill.head(), Begun)
    await asyncio.sleep(0.01)
    assert kept.find(KEY) is None
    assert fill.outcome == "shared"


async def test_an_error_before_the_head_is_raised_for_all() -> None:
    """Each player gets its own error object."""
    fills = Fills(store(), clock=FakeClock())
    fill = joined(fills, Upstream(UnreachableError("away", timed_out=True)))
    heads = await asyncio.gather(fill.head(), fill.head(), return_exceptions=True)
    first, second = heads
    assert isinstance(first, UnreachableError)
    assert isinstance(second, UnreachableError)
    assert first is not second
    assert first.timed_out


async def test_a_part_whose_body_is_held_back_is_joined_while_it_is_hinted() -> None:
    """Some upstreams send the head at once. Once it is listed, a newcomer asks anew."""
    clock, hinted, gate = FakeClock(), True, asyncio.Event()
    fills = Fills(store(), clock=clock)

    class Held(Body):
        async def chunks(self) -> AsyncIterator[bytes]:
            await gate.wait()
            yield b"abc"

    order = replace(ORDER, kind=Kind.PART, is_hinted=lambda: hinted)
    fill = joined(fills, Upstream(reply(Held(b"abc"))), order)
    await fill.head()
    await clock.advance(10)
    assert fills.joinable(KEY) is fill
    hinted = False
    assert fills.joinable(KEY) is None
    fills.leave(fill, 0, first=True)
    await fills.close()
