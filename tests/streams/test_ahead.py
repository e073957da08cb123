"""What players will ask for next is fetched before they do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from proxy.core.hls.ahead import Limits
from proxy.errors import HlsAuthProxyError
from proxy.streams.ahead import REST_SECONDS
from tests.fake_clock import FakeClock
from tests.streams.built import Built, built
from tests.streams.origin import Origin
from tests.streams.storing import (
    HEAD,
    KIB,
    MIB,
    Slow,
    counts,
    opened,
    read,
    store,
    until,
)

TWO = Limits(2, 16 * MIB)
BODY = b"\0media" * 100
INIT = '#EXT-X-MAP:URI="i.mp4"\n'
ENDED = "#EXT-X-ENDLIST\n"
TARGET = 4.0


def segments(*numbers: int) -> str:
    """Return the lines of segments with these numbers."""
    return "".join(f"#EXTINF:4,\ns{number}.ts\n" for number in numbers)


VOD = HEAD + segments(*range(10)) + ENDED


@asynccontextmanager
async def playing(
    upstream: Origin,
    playlist: str = VOD,
    *,
    ahead: Limits = TWO,
    entry: str = "v.m3u8",
    caching: str = "",
) -> AsyncIterator[Built]:
    """Run a stream whose entry is loaded, and which has ten segments."""
    upstream.says(f"/{entry}", playlist)
    for number in range(10):
        if caching:
            upstream.says(f"/s{number}.ts", BODY, Cache_Control=caching)
        else:
            upstream.says(f"/s{number}.ts", BODY)
    url = f"{upstream.url}/{entry}"
    async with built(url, store=store(), ahead=ahead) as one:
        await one.playlist()
        yield one


def fetched(upstream: Origin) -> list[int]:
    """Return the numbers of the segments that were asked for upstream, in order."""
    names = [asked.partition("?")[0].rpartition("/")[2] for asked in upstream.asked]
    return [int(name[1:-3]) for name in names if name.endswith(".ts")]


async def quiet(one: Built) -> None:
    """Wait until nothing more is fetched."""
    await until(lambda: not len(one.chores))
    await one.clock.settle()
    await until(lambda: not len(one.chores))


async def plays(one: Built, *numbers: int, rendition: str = "main") -> None:
    """Play segments, each when nothing is fetched any more."""
    for number in numbers:
        assert await one.media(f"{rendition}/s{number}.ts") == (200, BODY)
        await quiet(one)


async def test_a_player_that_keeps_pace_finds_what_it_asks_for(
    upstream: Origin,
) -> None:
    """One segment at the beginning, then two; each is fetched once."""
    async with playing(upstream) as one:
        await plays(one, 0)
        assert fetched(upstream) == [0, 1]
        await plays(one, 1)
        assert fetched(upstream) == [0, 1, 2, 3]
        await plays(one, 2)
        assert fetched(upstream) == [0, 1, 2, 3, 4]
        assert (counts(one).fetched_ahead, counts(one).ahead) == (4, 2)
        assert (counts(one).hits, counts(one).misses) == (0, 1)
        assert counts(one).saved_bytes == 0
        await plays(one, 2)  # another player
        assert (counts(one).hits, counts(one).saved_bytes) == (1, len(BODY))


async def test_a_player_joins_what_is_fetched_ahead(upstream: Origin) -> None:
    """It gets each byte as it comes, and the upstream is asked once."""
    slow = Slow(b"\0" * KIB, b"\1" * KIB)
    slow.go(1)
    async with playing(upstream) as one:
        upstream.asks("/s1.ts", slow.answer)
        assert await one.media("main/s0.ts") == (200, BODY)
        await until(lambda: upstream.count("/s1.ts") == 1)
        reply = await opened(one, "main/s1.ts")
        slow.go()
        assert await read(reply) == slow.whole
        await quiet(one)
        assert (counts(one).ahead, counts(one).joins, counts(one).hits) == (1, 0, 0)
        assert counts(one).saved_bytes == 0
    assert upstream.count("/s1.ts") == 1


async def test_what_a_player_waits_for_comes_first(upstream: Origin) -> None:
    """Nothing is fetched ahead while a player's own segment is coming."""
    slow = Slow(b"\0" * KIB, b"\1" * KIB)
    slow.go(1)
    async with playing(upstream) as one:
        upstream.asks("/s5.ts", slow.answer)
        other = await opened(one, "main/s5.ts")
        assert await one.media("main/s0.ts") == (200, BODY)
        await one.clock.settle()
        await asyncio.sleep(0.05)
        assert sorted(fetched(upstream)) == [0, 5]
        slow.go()
        assert await read(other) == slow.whole
        await until(lambda: 1 in fetched(upstream))
        await quiet(one)


async def test_after_a_jump_it_begins_anew(upstream: Origin) -> None:
    """One segment there, and nothing more where the player was."""
    async with playing(upstream) as one:
        await plays(one, 0, 1, 6)
        assert fetched(upstream) == [0, 1, 2, 3, 6, 7]
        await plays(one, 7)
        assert fetched(upstream)[6:] == [8, 9]


async def test_a_jump_ends_what_was_about_to_be_fetched(upstream: Origin) -> None:
    """What has begun goes on as the rule of fills says; the next does not begin."""
    slow = Slow(b"\0" * KIB, b"\1" * KIB)
    slow.go(1)
    async with playing(upstream) as one:
        await plays(one, 0)
        upstream.asks("/s2.ts", slow.answer)
        assert await one.media("main/s1.ts") == (200, BODY)
        await until(lambda: upstream.count("/s2.ts") == 1)
        assert await one.media("main/s6.ts") == (200, BODY)
        slow.go()
        await quiet(one)
        assert 3 not in fetched(upstream)


async def test_nothing_is_begun_for_a_player_that_has_stopped(
    upstream: Origin,
) -> None:
    """After two segments' time; the next request takes it up again."""
    slow = Slow(b"\0" * KIB, b"\1" * KIB)
    slow.go(1)
    async with playing(upstream) as one:
        await plays(one, 0)
        upstream.asks("/s2.ts", slow.answer)
        assert await one.media("main/s1.ts") == (200, BODY)
        await until(lambda: upstream.count("/s2.ts") == 1)
        await one.clock.advance(2 * TARGET + 1)
        slow.go()
        await quiet(one)
        assert fetched(upstream) == [0, 1, 2]
        assert await one.media("main/s2.ts") == (200, slow.whole)
        await quiet(one)
        assert fetched(upstream) == [0, 1, 2, 3, 4]


async def test_what_nobody_wants_any_more_is_given_up(upstream: Origin) -> None:
    """By the rule of fills: a large one that has just begun is not finished."""
    slow = Slow(*(b"\0" * MIB for _ in range(12)))
    slow.go(1)
    async with playing(upstream) as one:
        upstream.asks("/s1.ts", slow.answer)
        assert await one.media("main/s0.ts") == (200, BODY)
        await until(lambda: upstream.count("/s1.ts") == 1)
        await one.clock.settle()
        await one.clock.advance(2 * TARGET + 1)
        slow.go(2)
        await until(lambda: counts(one).abandoned == 1)
        slow.go()
        await quiet(one)
        assert (counts(one).filling, counts(one).fetched_ahead) == (0, 1)


MASTER = (
    "#EXTM3U\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=1000000\nlow.m3u8\n"
    "#EXT-X-STREAM-INF:BANDWIDTH=2000000\nhigh/v.m3u8\n"
)
LOW, HIGH = "1000k", "2000k"


@asynccontextmanager
async def adaptive(upstream: Origin) -> AsyncIterator[Built]:
    """Run a stream with two variants."""
    async with playing(upstream, MASTER, entry="m.m3u8") as one:
        upstream.says("/low.m3u8", VOD)
        upstream.says("/high/v.m3u8", VOD)
        for number in range(10):
            upstream.says(f"/high/s{number}.ts", BODY)
        for slug in (LOW, HIGH):
            await one.playlist(f"{slug}/index.m3u8")
        yield one


async def test_a_change_of_rendition_costs_at_most_one_segment(
    upstream: Origin,
) -> None:
    """However long the player was there, and one that probes costs none."""
    async with adaptive(upstream) as one:
        await plays(one, 0, rendition=LOW)
        await plays(one, 0, rendition=HIGH)
        assert counts(one).fetched_ahead == 0
        await plays(one, 1, 2, 3, rendition=HIGH)
        assert counts(one).fetched_ahead == 3  # 2 and 3, and 4 which nobody asks for
        await plays(one, 4, rendition=LOW)
        await plays(one, 5, rendition=HIGH)
        await plays(one, 6, rendition=LOW)
        assert (counts(one).fetched_ahead, counts(one).ahead) == (3, 2)


async def test_nothing_is_fetched_after_a_gap(upstream: Origin) -> None:
    """There is none upstream, and what comes after it is far away."""
    listed = HEAD + segments(0, 1) + "#EXT-X-GAP\n" + segments(2, 3) + ENDED
    async with playing(upstream, listed) as one:
        await plays(one, 0, 1)
        assert fetched(upstream) == [0, 1]
        await plays(one, 3)  # the player passes over it
        assert fetched(upstream) == [0, 1, 3]


async def test_the_init_section_comes_first(upstream: Origin) -> None:
    """A player that asks for a segment before it gets it at once."""
    upstream.says("/i.mp4", b"\0init")
    async with playing(upstream, HEAD + INIT + segments(0, 1, 2) + ENDED) as one:
        await plays(one, 0)
        names = [asked.partition("?")[0] for asked in upstream.asked]
        assert names == ["/v.m3u8", "/s0.ts", "/i.mp4", "/s1.ts"]


@pytest.mark.parametrize("status", [429, 503])
async def test_an_upstream_that_asks_to_wait_is_left_alone(
    upstream: Origin, status: int
) -> None:
    """As long as it says; a player's own request goes there all the same."""
    async with playing(upstream) as one:
        upstream.says("/s1.ts", b"", status=status, Retry_After="60")
        await plays(one, 0)
        assert fetched(upstream) == [0, 1]
        upstream.says("/s1.ts", BODY)
        await plays(one, 1)
        await one.clock.advance(59)
        await plays(one, 2)
        assert fetched(upstream) == [0, 1, 1, 2]
        await one.clock.advance(2)
        await plays(one, 3)
        assert fetched(upstream) == [0, 1, 1, 2, 3, 4, 5]


async def test_after_a_failure_it_rests(upstream: Origin) -> None:
    """Also after one of a player's own request."""
    async with playing(upstream) as one:
        upstream.says("/s5.ts", b"", status=404)
        with pytest.raises(HlsAuthProxyError):
            await one.patiently(one.media("main/s5.ts"))
        await plays(one, 0)
        assert 1 not in fetched(upstream)
        await one.clock.advance(REST_SECONDS)
        await plays(one, 1)
        assert fetched(upstream)[-2:] == [2, 3]


async def test_a_failure_ahead_of_a_player_is_not_the_players(
    upstream: Origin,
) -> None:
    """Its request asks again, with all patience."""
    slow = Slow(BODY)
    slow.cut = True
    async with playing(upstream) as one:
        upstream.asks("/s1.ts", slow.answer)
        assert await one.media("main/s0.ts") == (200, BODY)
        await until(lambda: upstream.count("/s1.ts") == 1)
        waiting = asyncio.create_task(one.patiently(one.media("main/s1.ts")))
        await until(lambda: counts(one).ahead == 1)
        upstream.says("/s1.ts", BODY)
        slow.go()
        assert await waiting == (200, BODY)
        await quiet(one)


@pytest.mark.parametrize(("pieces", "seconds"), [(0, 4), (1, 2)])
async def test_a_player_does_not_wait_for_a_line_that_is_gone(
    upstream: Origin, pieces: int, seconds: float
) -> None:
    """Nothing came for a while, and nobody has any of it: it is asked for anew."""
    slow = Slow(b"\0" * KIB, b"\1" * KIB)
    slow.go(pieces)
    async with playing(upstream) as one:
        upstream.asks("/s1.ts", slow.answer if pieces else hangs)
        assert await one.media("main/s0.ts") == (200, BODY)
        await until(lambda: upstream.count("/s1.ts") == 1)
        await asyncio.sleep(0.02)
        await one.clock.advance(seconds)
        upstream.says("/s1.ts", BODY)
        assert await one.media("main/s1.ts") == (200, BODY)
        assert upstream.count("/s1.ts") == 2
        assert (counts(one).abandoned, counts(one).ahead) == (1, 0)
        slow.go()
        await quiet(one)


async def test_a_player_that_joined_does_not_wait_for_long_either(
    upstream: Origin,
) -> None:
    """What is fetched ahead is asked for once; what a player wants, again and again."""
    async with playing(upstream) as one:
        upstream.asks("/s1.ts", hangs)
        assert await one.media("main/s0.ts") == (200, BODY)
        await until(lambda: upstream.count("/s1.ts") == 1)
        waiting = [asyncio.create_task(one.media("main/s1.ts")) for _ in range(3)]
        await until(lambda: counts(one).following == 3)
        upstream.says("/s1.ts", BODY)
        await one.clock.advance(3.1)
        assert await asyncio.gather(*waiting) == [(200, BODY)] * 3
        assert upstream.count("/s1.ts") == 2
        await quiet(one)


async def hangs(_: web.Request) -> web.Response:
    """Answer nothing."""
    await asyncio.sleep(1)
    return web.Response()


async def test_a_live_segment_is_fetched_when_it_is_listed(upstream: Origin) -> None:
    """As soon as any player loads a playlist that lists it; no sooner."""
    async with playing(upstream, HEAD + segments(0, 1)) as one:
        await plays(one, 0, 1)
        assert fetched(upstream) == [0, 1]
        upstream.says("/v.m3u8", HEAD + segments(0, 1, 2))
        await one.clock.advance(TARGET)
        await one.playlist()
        await quiet(one)
        assert fetched(upstream) == [0, 1, 2]
        await one.clock.advance(2 * TARGET)
        upstream.says("/v.m3u8", HEAD + segments(0, 1, 2, 3))
        await one.playlist()  # somebody looks, nobody plays
        await quiet(one)
        assert fetched(upstream) == [0, 1, 2]


async def test_at_the_end_of_a_program_nothing_follows(upstream: Origin) -> None:
    """It does not begin again at its beginning."""
    async with playing(upstream, HEAD + segments(7, 8, 9) + ENDED) as one:
        await plays(one, 7, 8, 9)
        assert fetched(upstream) == [7, 8, 9]


@pytest.mark.parametrize(
    ("limits", "ahead"),
    [
        (Limits(0, MIB), 0),
        (Limits(3, MIB), 3),
        (Limits(3, 2 * len(BODY)), 2),
        (Limits(3, len(BODY) - 1), 0),
    ],
)
async def test_as_much_is_fetched_as_the_settings_allow(
    upstream: Origin, limits: Limits, ahead: int
) -> None:
    """By count, and by bytes as far as they are known."""
    async with playing(upstream, ahead=limits) as one:
        await plays(one, 0, 1, 2)
        assert max(fetched(upstream)) == 2 + ahead


@pytest.mark.parametrize("said", ["no-store", "private", "max-age=1"])
async def test_what_may_not_be_kept_is_not_fetched_twice(
    upstream: Origin, said: str
) -> None:
    """Neither is what would be too old when the player asks for it."""
    async with playing(upstream, caching=said) as one:
        await plays(one, 0, 1, 2)
        assert fetched(upstream) == [0, 1, 2]


async def test_parts_of_one_file_are_not_fetched_ahead(upstream: Origin) -> None:
    """The file may be hours long."""
    parts = "".join(
        f"#EXTINF:4,\n#EXT-X-BYTERANGE:100@{start}\ns0.ts\n" for start in (0, 100, 200)
    )
    async with playing(upstream, HEAD + parts + ENDED) as one:
        await one.media("main/s0.ts", Range="bytes=0-99")
        await one.media("main/s0.ts", Range="bytes=100-199")
        await one.media("main/s0.ts")
        await quiet(one)
        assert counts(one).fetched_ahead == 0


async def test_a_head_request_is_not_played(upstream: Origin) -> None:
    """Nor is a part of a segment."""
    async with playing(upstream) as one:
        await one.media("main/s0.ts", Range="bytes=5-9")
        await quiet(one)
        assert counts(one).fetched_ahead == 0


async def test_several_players_at_several_places_are_all_served(
    upstream: Origin,
) -> None:
    """Each one's next segment is there, however they take turns."""
    async with playing(upstream) as one:
        await plays(one, 0, 6, 1, 7)
        assert set(fetched(upstream)) >= {2, 3, 8, 9}
        assert len(fetched(upstream)) == len(set(fetched(upstream)))


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


async def _slowest(one: Built, line: Line, number: int) -> float:
    """Return how long a player that has one segment in its buffer waits at most.

    It asks for a segment when it begins to play the one before.
    """
    longest = 0.0
    for each in range(number):
        if each == 3:
            line.cut_until = one.clock.mono() + 10.0
        asked = one.clock.mono()
        await one.patiently(one.media(f"main/s{each}.ts"))
        waited = one.clock.mono() - asked
        longest = max(longest, waited)
        await asyncio.sleep(0.02)  # the origin answers over a real socket
        await one.clock.advance(max(0.0, TARGET - waited))
    return longest


@pytest.mark.parametrize(("limits", "noticed"), [(TWO, False), (Limits(), True)])
async def test_a_line_that_is_cut_for_ten_seconds_is_not_noticed(
    upstream: Origin, limits: Limits, *, noticed: bool
) -> None:
    """In the middle of a recording, by a player with one segment in its buffer."""
    async with playing(upstream, ahead=limits) as one:
        line = Line(one.clock)
        for number in range(10):
            upstream.asks(f"/s{number}.ts", line.answer)
        assert (await _slowest(one, line, 9) > TARGET) is noticed
