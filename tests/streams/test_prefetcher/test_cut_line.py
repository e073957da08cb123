"""A player does not notice a line that is cut for some seconds."""

import asyncio

import pytest
from aiohttp import web

from proxy.core.hls.prefetch import PrefetchLimits
from tests.fake_clock import FakeClock
from tests.streams.built import Built
from tests.streams.origin import Origin
from tests.streams.storing import MIB
from tests.streams.test_prefetcher.playing import BODY, ENDED, TARGET, TWO, playing


class Line:
    """A line to an origin, which is cut for a while."""

    def __init__(self, clock: FakeClock) -> None:
        self.cut_until = 0.0
        self._clock = clock

    def answer(self, request: web.Request) -> web.Response:
        """Answer as the origin does, or end the connection."""
        if self._clock.mono() < self.cut_until:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(body=BODY, content_type="video/mp2t")


async def _slowest(
    one: Built, line: Line, number: int, *, cut_at: int = 3, seconds: float = TARGET
) -> float:
    """Return how long a player that has one segment in its buffer waits at most.

    It asks for a segment when it begins to play the one before.
    """
    longest = 0.0
    for each in range(number):
        if each == cut_at:
            line.cut_until = one.clock.mono() + 10.0
        asked = one.clock.mono()
        await one.patiently(one.media(f"main/s{each}.ts"))
        waited = one.clock.mono() - asked
        longest = max(longest, waited)
        await asyncio.sleep(0.02)  # the origin answers over a real socket
        await one.clock.advance(max(0.0, seconds - waited))
    return longest


@pytest.mark.parametrize(
    ("limits", "noticed"), [(TWO, False), (PrefetchLimits(), True)]
)
async def test_a_line_that_is_cut_for_ten_seconds_is_not_noticed(
    upstream: Origin, limits: PrefetchLimits, *, noticed: bool
) -> None:
    """In the middle of a recording, by a player with one segment in its buffer."""
    async with playing(upstream, ahead=limits) as one:
        line = Line(one.clock)
        for number in range(10):
            upstream.asks(f"/s{number}.ts", line.answer)
        assert (await _slowest(one, line, 9) > TARGET) is noticed


SHORT = 1.0
SHORT_LIST = (
    "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
    + "".join(f"#EXTINF:1,\ns{number}.ts\n" for number in range(40))
    + ENDED
)


@pytest.mark.parametrize(
    ("limits", "noticed"),
    [(PrefetchLimits(2, 16 * MIB, 12.0), False), (TWO, True)],
)
async def test_short_segments_last_as_long(
    upstream: Origin, limits: PrefetchLimits, *, noticed: bool
) -> None:
    """More of them are fetched ahead."""
    async with playing(upstream, SHORT_LIST, ahead=limits) as one:
        line = Line(one.clock)
        for number in range(40):
            upstream.asks(f"/s{number}.ts", line.answer)
        slowest = await _slowest(one, line, 36, cut_at=14, seconds=SHORT)
        assert (slowest > SHORT) is noticed
