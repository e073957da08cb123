"""A fill fetches once, keeps what is complete, and hands over what is not shared."""

import asyncio
from dataclasses import replace

import pytest

from proxy.core.http.framing import Framing
from proxy.errors import StatusError, TruncatedError, UnreachableError
from proxy.store.key import Span
from proxy.store.port import Head as Kept
from proxy.streams.fills import Fills
from proxy.streams.orders import Begun, Confirmed, Handed
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
    """Nor one that is longer."""
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
    """The failure comes as soon as the bytes that came were read."""
    kept = store()
    fills = Fills(kept, clock=FakeClock())
    body = Body(b"abc", TruncatedError("no last chunk"), framing=Framing.CHUNKED)
    await joined(fills, Upstream(reply(body))).head()
    await asyncio.sleep(0.01)
    assert kept.find(KEY) is None
    assert body.closed


async def test_a_playlist_is_nobodys_fill() -> None:
    """Each player gets one of its own."""
    fills = Fills(store(), clock=FakeClock())
    fill = joined(fills, Upstream(None))
    assert await fill.head() is None
    assert fills.running(KEY) is None
    assert fills.unshared(KEY, ORDER.kind) is not None


async def test_what_nobody_takes_is_closed() -> None:
    """The one who asked has left."""
    fills = Fills(store(), clock=FakeClock())
    body = Body(b"abc", framing=Framing.CLOSE)
    fill = joined(fills, Upstream(reply(body)))
    assert isinstance(await fill.head(), Handed)
    assert not body.closed
    fills.leave(fill, 0, first=True)
    await asyncio.sleep(0.01)
    assert body.closed
    assert fills.counts.filling == 0


async def test_what_is_taken_is_not_closed() -> None:
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


async def test_a_span_is_asked_for_as_a_range() -> None:
    """An open one without its end."""
    for span, asked in ((Span(5, 10), "bytes=5-9"), (Span(5, None), "bytes=5-")):
        fills = Fills(store(), clock=FakeClock())
        upstream = Upstream(StatusError("no", status=404))
        order = replace(ORDER, key=KEY._replace(span=span))
        with pytest.raises(StatusError):
            await joined(fills, upstream, order).head()
        assert upstream.asked == [(("Range", asked),)]


async def test_a_304_makes_what_is_kept_good_again() -> None:
    """Its own fields replace those of before; the bytes stay."""
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
    assert isinstance(head, Confirmed)
    found = kept.find(KEY)
    assert found is not None
    assert found is head.kept
    assert found.head.headers == (old[0], old[2], new)
    assert (found.head.born_at, found.head.fresh_seconds) == (clock.wall(), 90)
    assert found.read(0, 3) == b"abc"
    assert upstream.asked == [(("If-None-Match", '"a"'),)]


async def test_what_is_no_longer_listed_is_shared_but_not_kept() -> None:
    """The upstream may have another resource under that name soon."""
    kept = store()
    fills = Fills(kept, clock=FakeClock())
    fill = joined(fills, Upstream(reply(Body(b"abc"))), replace(ORDER, keeps=False))
    assert isinstance(await fill.head(), Begun)
    await asyncio.sleep(0.01)
    assert kept.find(KEY) is None
    assert fill.outcome == "shared"


async def test_an_error_before_the_head_goes_to_all() -> None:
    """Each gets one of its own."""
    fills = Fills(store(), clock=FakeClock())
    fill = joined(fills, Upstream(UnreachableError("away", timed_out=True)))
    heads = await asyncio.gather(fill.head(), fill.head(), return_exceptions=True)
    first, second = heads
    assert isinstance(first, UnreachableError)
    assert isinstance(second, UnreachableError)
    assert first is not second
    assert first.timed_out
