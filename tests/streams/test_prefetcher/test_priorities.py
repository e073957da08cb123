"""A player's own requests come first; what nobody needs is given up."""

import asyncio

import pytest
from aiohttp import web

from tests.streams.origin import Origin
from tests.streams.storing import (
    KIB,
    MIB,
    Slow,
    counts,
    opened,
    read,
    until,
)
from tests.streams.test_prefetcher.playing import (
    BODY,
    TARGET,
    fetched,
    playing,
    plays,
    quiet,
)


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
