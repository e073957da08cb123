"""Sends the request for a fill, and a second one if the answer is late."""

import asyncio
import contextlib
from functools import partial

from proxy.clock import Clock
from proxy.core.http.headers import Fields
from proxy.deadline import Deadline, InTime, hasty
from proxy.replies import MediaReply
from proxy.sharing.fill_orders import Open, Order
from proxy.sharing.first_byte_wait import is_waited_for, seconds_for
from proxy.sharing.keeping import validators
from proxy.sharing.second_request import first_answer
from proxy.store.key import Span

LATE_SECONDS = 5.0
"""After this many seconds without an answer, one second request is sent for all."""
LATE_PART_SECONDS, _LOOK_SECONDS = 1.0, 0.5
"""The same for a part, counted from when its playlist lists it. The second value is how
often to check that."""


async def opened(order: Order, ask: Open, clock: Clock) -> MediaReply | None:
    """Return the answer to an order; None if it is a playlist."""
    deadline = Deadline.of(clock.mono(), seconds_for(order.kind))
    async with InTime(clock, deadline) as limit:
        if is_waited_for(order.kind):
            limit.reschedule(None)
        if order.stale is None:
            asked = partial(ask, _range(order.key.span))
            return await first_answer(asked, partial(_is_late, order, clock))
        with hasty():  # the old copy can be served if this fails
            fields = validators(order.stale.head.headers)
            return await ask(_range(order.key.span) + fields)


async def _is_late(
    order: Order, clock: Clock, request: asyncio.Future[MediaReply | None]
) -> bool:
    """Wait the usual time for an answer; return whether it is late."""
    if order.ahead:
        return False  # a player that wants it starts again; see `Fills.joinable`
    if is_waited_for(order.kind):
        # The answer comes at about the time when the playlist lists the part.
        while not await _is_done(request, _LOOK_SECONDS, clock):
            if not order.is_hinted():
                return not await _is_done(request, LATE_PART_SECONDS, clock)
        return False
    return not await _is_done(request, LATE_SECONDS, clock)


async def _is_done(
    request: asyncio.Future[MediaReply | None], seconds: float, clock: Clock
) -> bool:
    with contextlib.suppress(TimeoutError):
        async with clock.timeout(seconds):
            await asyncio.wait({request})
    return request.done()


def _range(span: Span | None) -> Fields:
    if span is None:
        return ()
    last = "" if span.end is None else span.end - 1
    return (("Range", f"bytes={span.start}-{last}"),)
