"""Connections are ready before a player comes; nothing is sent over them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

import pytest

from proxy.errors import AddressRefusedError, UnreachableError
from proxy.upstream.standby import (
    AT_ONCE,
    CONNECTIONS,
    LASTING_SECONDS,
    LOOK_SECONDS,
    NEW_SECONDS,
    Standby,
)
from tests.fake_clock import FakeClock
from tests.raw_origin import RawOrigin, answer
from tests.upstream.asking import question, way_to


class Upstream:
    """Closes each connection after a while; remembers when it was opened."""

    def __init__(self, clock: FakeClock, lasts: float = inf) -> None:
        self.opened: list[float] = []
        self.looks = 0
        self.fails = False
        self._clock = clock
        self._began = clock.mono()
        self._lasts = lasts

    async def connect(self) -> bool:
        """Open a connection unless there is one."""
        self.looks += 1
        now = self._clock.mono() - self._began
        if self.fails:
            raise UnreachableError("down")
        if self.opened and now < self.opened[-1] + self._lasts:
            return False
        self.opened.append(now)
        return True


@asynccontextmanager
async def standing_by(
    upstream: Upstream, clock: FakeClock, *, always: bool = False
) -> AsyncIterator[None]:
    """Keep a connection while the block lasts."""
    line = asyncio.Semaphore(AT_ONCE)
    one = Standby(upstream.connect, line, always=always, clock=clock)
    async with one.running():
        await clock.settle()
        yield


@pytest.mark.parametrize("always", [True, False])
async def test_a_connection_is_kept_for_a_while_or_always(*, always: bool) -> None:
    """Looking at it keeps it from being closed on our side."""
    clock = FakeClock()
    upstream = Upstream(clock)
    async with standing_by(upstream, clock, always=always):
        await clock.advance(NEW_SECONDS - 1)
        assert upstream.looks == NEW_SECONDS / LOOK_SECONDS
        await clock.advance(NEW_SECONDS)
        assert (upstream.looks == NEW_SECONDS / LOOK_SECONDS) != always
    assert upstream.opened == [0]


async def test_a_connection_that_lasted_is_replaced_soon() -> None:
    """As often as the upstream closes it."""
    clock = FakeClock()
    upstream = Upstream(clock, lasts=LASTING_SECONDS + LOOK_SECONDS)
    async with standing_by(upstream, clock):
        await clock.advance(95)
    assert upstream.opened == [0, 30, 60, 90]


async def test_an_upstream_that_closes_soon_is_left_alone() -> None:
    """More and more: it does not want idle connections."""
    clock = FakeClock()
    upstream = Upstream(clock, lasts=5)
    async with standing_by(upstream, clock):
        await clock.advance(NEW_SECONDS)
    assert upstream.opened == [0, 10, 30, 70, 150, 310]


async def test_an_upstream_that_is_away_is_tried_again() -> None:
    """A kiosk may start before its network is up."""
    clock = FakeClock()
    upstream = Upstream(clock)
    upstream.fails = True
    async with standing_by(upstream, clock):
        await clock.advance(25)
        assert upstream.looks == 2
        upstream.fails = False
        await clock.advance(60)
    assert upstream.opened == [60]
    assert upstream.looks == 5  # after 0, 20, 60, 70 and 80 s


async def test_streams_connect_a_few_at_a_time() -> None:
    """A start with many streams is no burst."""
    clock, gate = FakeClock(), asyncio.Event()
    connecting = 0

    async def connect() -> bool:
        nonlocal connecting
        connecting += 1
        await gate.wait()
        return True

    line = asyncio.Semaphore(AT_ONCE)
    streams = [Standby(connect, line, always=False, clock=clock) for _ in range(9)]
    runs = [one.running() for one in streams]
    for run in runs:
        await run.__aenter__()
    await clock.settle()
    assert connecting == AT_ONCE
    gate.set()
    await clock.settle()
    assert connecting == len(streams)
    for run in runs:
        await run.__aexit__(None, None, None)


async def arrived(origin: RawOrigin, number: int) -> None:
    """Wait until the origin has had this many connections."""
    async with asyncio.timeout(5):
        while origin.connections < number:  # noqa: ASYNC110 - the origin has no event
            await asyncio.sleep(0.001)


async def test_requests_use_the_connections_that_are_ready() -> None:
    """They are opened once, and nothing is sent before the requests."""
    async with RawOrigin(answer(b"ok")) as origin, way_to(origin.url()) as way:
        assert await way.upstream.connect(origin.url(), CONNECTIONS)
        await arrived(origin, CONNECTIONS)
        assert not await way.upstream.connect(origin.url(), CONNECTIONS)
        assert origin.heard == []
        assert way.told == []
        asked = question(origin.url())
        async with (
            await way.upstream.ask(asked) as one,
            await way.upstream.ask(asked) as two,
        ):
            assert [await each.read(9) for each in (one, two)] == [b"ok", b"ok"]
        assert origin.connections == CONNECTIONS


async def test_a_lost_connection_is_opened_again() -> None:
    """Also if only one of them was lost."""
    async with RawOrigin(answer(b"ok")) as origin, way_to(origin.url()) as way:
        await way.upstream.connect(origin.url(), CONNECTIONS)
        await arrived(origin, CONNECTIONS)
        origin.writers[1].close()
        await asyncio.sleep(0.05)
        assert await way.upstream.connect(origin.url(), CONNECTIONS)
        await arrived(origin, CONNECTIONS + 1)


async def test_failures_to_connect_are_the_usual_ones() -> None:
    """The address policy holds too (S3), and nothing stays open."""
    async with RawOrigin(answer()) as origin:
        url = origin.url()
    async with way_to(url) as way:
        with pytest.raises(UnreachableError):
            await way.upstream.connect(url, CONNECTIONS)
    async with (
        RawOrigin(answer()) as origin,
        way_to("https://cam.example.com", public=True) as way,
    ):
        with pytest.raises(AddressRefusedError):
            await way.upstream.connect(origin.url(), CONNECTIONS)
        assert origin.connections == 0
