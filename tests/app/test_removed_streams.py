"""Parts that new requests no longer reach, but running requests still use."""

import asyncio

import pytest

from proxy.app.removed_streams import GRACE_SECONDS, RemovedStreams
from proxy.streams.usage import Usage
from tests.fake_clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that moves when a test says so."""
    return FakeClock()


async def test_it_closes_when_its_last_request_has_ended(clock: FakeClock) -> None:
    """At once if none is running."""
    leaving, usage, closed = RemovedStreams(clock=clock), Usage(), list[str]()

    async def close() -> None:
        closed.append("closed")

    usage.begin()
    usage.begin()
    leaving.add(usage.idle, close)
    usage.end()
    await clock.settle()
    assert (closed, len(leaving)) == ([], 1)
    usage.end()
    await clock.settle()
    assert (closed, len(leaving)) == (["closed"], 0)
    leaving.add(usage.idle, close)
    await clock.settle()
    assert (closed, len(leaving)) == (["closed"] * 2, 0)


async def test_a_request_that_never_ends_is_cancelled(clock: FakeClock) -> None:
    """But not before its time is over."""
    leaving, closed = RemovedStreams(clock=clock), list[str]()

    async def close() -> None:
        closed.append("closed")

    leaving.add(asyncio.Event().wait, close)  # type: ignore[arg-type]
    await clock.advance(GRACE_SECONDS - 1)
    assert not closed
    await clock.advance(2)
    assert closed == ["closed"]


async def test_the_end_of_the_program_waits_for_no_request(clock: FakeClock) -> None:
    """Not even for one that has not started yet; only until all are closed."""
    leaving, closed = RemovedStreams(clock=clock), list[str]()

    async def close() -> None:
        await asyncio.sleep(0)
        closed.append("closed")

    for _ in range(3):
        leaving.add(asyncio.Event().wait, close)  # type: ignore[arg-type]
    await leaving.close()
    assert (closed, len(leaving)) == (["closed"] * 3, 0)
    await leaving.close()
