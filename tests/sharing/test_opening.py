"""A request for a fill, and a second one if the answer is late."""

import asyncio
from dataclasses import replace

import pytest

from proxy.core.kind import Kind
from proxy.errors import StatusError
from proxy.replies import MediaReply
from proxy.sharing.fill_orders import Begun
from proxy.sharing.fills import Fills
from proxy.sharing.opening import LATE_PART_SECONDS, LATE_SECONDS
from proxy.store.key import Span
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


async def test_a_span_is_requested_as_a_range() -> None:
    """An open one without its end."""
    for span, asked in ((Span(5, 10), "bytes=5-9"), (Span(5, None), "bytes=5-")):
        fills = Fills(store(), clock=FakeClock())
        upstream = Upstream(StatusError("no", status=404))
        order = replace(ORDER, key=KEY._replace(span=span))
        with pytest.raises(StatusError):
            await joined(fills, upstream, order).head()
        assert upstream.asked == [(("Range", asked),)]


class Silent:
    """An upstream that does not answer its first request."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, _: object) -> MediaReply | None:
        """Answer, if it is not the first request."""
        self.asked += 1
        if self.asked == 1:
            await asyncio.Event().wait()
        return reply(Body(b"abc"))


async def test_a_request_without_an_answer_is_sent_again_for_all() -> None:
    """A connection that is dead tells nothing about the next one."""
    clock, upstream = FakeClock(), Silent()
    fills = Fills(store(), clock=clock)
    fill = fills.begin(ORDER, upstream)
    heads = []
    for first in (True, False):
        fills.join(fill, first=first)
        heads.append(asyncio.create_task(fill.head()))
    await clock.advance(LATE_SECONDS - 0.1)
    assert upstream.asked == 1
    await clock.advance(0.2)
    assert [type(await head) for head in heads] == [Begun, Begun]
    await clock.settle()
    assert (upstream.asked, fills.counts.kept) == (2, 1)
    for first in (True, False):
        fills.leave(fill, 0, first=first)


async def test_what_is_fetched_ahead_is_not_asked_for_twice() -> None:
    """A player that wants it begins anew."""
    clock, upstream = FakeClock(), Silent()
    fills = Fills(store(), clock=clock)
    fills.enter(fills.begin(replace(ORDER, ahead=True), upstream))
    await clock.advance(2 * LATE_SECONDS)
    assert upstream.asked == 1
    await fills.close()


async def test_a_part_is_asked_for_again_once_it_is_listed() -> None:
    """Before that, the upstream may hold the request for as long as it likes."""
    clock, upstream, hinted = FakeClock(), Silent(), True
    fills = Fills(store(), clock=clock)
    order = replace(ORDER, kind=Kind.PART, is_hinted=lambda: hinted)
    fill = fills.begin(order, upstream)
    fills.join(fill, first=True)
    await clock.advance(60)
    assert upstream.asked == 1
    hinted = False
    await clock.advance(LATE_PART_SECONDS - 0.1)
    assert upstream.asked == 1
    await clock.advance(0.7)
    assert isinstance(await fill.head(), Begun)
    assert upstream.asked == 2
    fills.leave(fill, 0, first=True)
