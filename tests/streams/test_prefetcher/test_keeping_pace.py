"""The next segments are fetched while a player plays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.streams.built import Built
from tests.streams.origin import Origin
from tests.streams.storing import HEAD, KIB, Slow, counts, opened, read, until
from tests.streams.test_prefetcher.playing import (
    BODY,
    ENDED,
    TARGET,
    VOD,
    fetched,
    playing,
    plays,
    quiet,
    segments,
)

INIT = '#EXT-X-MAP:URI="i.mp4"\n'


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


async def test_the_init_section_comes_first(upstream: Origin) -> None:
    """A player that asks for a segment before it gets it at once."""
    upstream.says("/i.mp4", b"\0init")
    async with playing(upstream, HEAD + INIT + segments(0, 1, 2) + ENDED) as one:
        await plays(one, 0)
        names = [asked.partition("?")[0] for asked in upstream.asked]
        assert names == ["/v.m3u8", "/s0.ts", "/i.mp4", "/s1.ts"]


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


async def test_several_players_at_several_places_are_all_served(
    upstream: Origin,
) -> None:
    """Each one's next segment is there, however they take turns."""
    async with playing(upstream) as one:
        await plays(one, 0, 6, 1, 7)
        assert set(fetched(upstream)) >= {2, 3, 8, 9}
        assert len(fetched(upstream)) == len(set(fetched(upstream)))
