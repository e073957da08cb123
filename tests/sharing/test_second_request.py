"""A request without an answer is repeated, and the first answer counts."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from proxy.errors import UnreachableError
from proxy.replies import MediaReply
from proxy.sharing.second_request import first_answer
from tests.streams.scripted_fill import Body, reply


class Requests:
    """Requests that are answered when a test says so."""

    def __init__(self) -> None:
        self.sent: list[asyncio.Future[MediaReply | None]] = []
        self.ended = 0

    async def __call__(self) -> MediaReply | None:
        """Send one."""
        answer: asyncio.Future[MediaReply | None] = asyncio.Future()
        self.sent.append(answer)
        try:
            return await answer
        finally:
            self.ended += 1


def after(event: asyncio.Event) -> Callable[[object], Awaitable[bool]]:
    """Return a wait for an event, which says that the answer is late."""

    async def late(_: object) -> bool:
        await event.wait()
        return True

    return late


async def begun(requests: Requests, count: int) -> asyncio.Task[MediaReply | None]:
    """Return the wait for an answer, once so many requests are sent."""
    late = asyncio.Event()
    task = asyncio.create_task(first_answer(requests, after(late)))
    await asyncio.sleep(0.001)
    if count == 2:
        late.set()
        await asyncio.sleep(0.001)
    assert len(requests.sent) == count
    return task


@pytest.mark.parametrize("winner", [0, 1])
async def test_the_first_answer_counts(winner: int) -> None:
    """The other request ends."""
    requests, body = Requests(), Body(b"abc")
    task = await begun(requests, 2)
    requests.sent[winner].set_result(reply(body))
    found = await task
    assert found is not None
    assert found.answer is body
    assert not body.closed
    assert requests.sent[1 - winner].cancelled()
    assert requests.ended == 2


async def test_an_answer_that_nobody_wants_is_closed() -> None:
    """Both came at the same time."""
    requests, bodies = Requests(), (Body(b"abc"), Body(b"abc"))
    task = await begun(requests, 2)
    for sent, body in zip(requests.sent, bodies, strict=True):
        sent.set_result(reply(body))
    found = await task
    assert found is not None
    assert [body.closed for body in bodies] == [found.answer is not b for b in bodies]


async def test_after_a_failure_the_other_answer_is_waited_for() -> None:
    """If both fail, the first request's error is raised."""
    requests = Requests()
    task = await begun(requests, 2)
    requests.sent[0].set_exception(UnreachableError("reset"))
    await asyncio.sleep(0.001)
    assert not task.done()
    requests.sent[1].set_result(None)
    assert await task is None
    requests = Requests()
    task = await begun(requests, 2)
    for number in (1, 0):
        requests.sent[number].set_exception(UnreachableError(f"reset {number}"))
        await asyncio.sleep(0.001)
    with pytest.raises(UnreachableError, match="reset 0"):
        await task


@pytest.mark.parametrize("count", [1, 2])
async def test_giving_up_ends_all_requests(count: int) -> None:
    """None goes on for nobody."""
    requests = Requests()
    task = await begun(requests, count)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert requests.ended == count
