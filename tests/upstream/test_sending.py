"""Sending: over which connection, and what happens to dead ones."""

import asyncio

import pytest

from proxy.core.kind import Kind
from proxy.core.tokens.placing.rule import Stamped
from proxy.errors import UnreachableError
from proxy.upstream.question import Question
from tests.fake_clock import FakeClock
from tests.raw_origin import End, RawOrigin, Reply, answer
from tests.upstream.asking import Way, question, way_to

SILENT = Reply(b"", End.HANG)
BEGUN = Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nme")
MEDIA, LIST = answer(b"\0media"), answer(b"#EXTM3U\n")


async def heard(origin: RawOrigin, number: int) -> None:
    """Wait until the origin has this many requests."""
    async with asyncio.timeout(5):
        while len(origin.heard) < number:  # noqa: ASYNC110 - the origin has no event
            await asyncio.sleep(0.001)


async def warm(way: Way, origin: RawOrigin) -> None:
    """Leave two idle connections behind; the origin sends `BEGUN` twice."""
    asked = question(origin.url())
    async with (
        await way.upstream.ask(asked) as first,
        await way.upstream.ask(asked) as second,
    ):
        for number in (1, 2):
            origin.writers[number].write(b"dia")
        await first.read(99)
        await second.read(99)


async def connections(way: Way, origin: RawOrigin, asked: Question) -> int:
    """Send a request, and return the number of its connection at the origin."""
    await way.body(asked)
    return origin.heard[-1].connection


@pytest.mark.parametrize("kind", [Kind.PLAYLIST, Kind.ENTRY, Kind.KEY, Kind.STEERING])
async def test_a_small_request_is_sent_twice_if_the_upstream_is_silent(
    kind: Kind,
) -> None:
    """Over a new connection; the answer is reported once, as hedged."""
    async with RawOrigin(LIST, SILENT, LIST) as origin:
        clock = FakeClock()
        async with way_to(origin.url(), clock=clock) as way:
            await way.body(question(origin.url(), kind=kind))
            asking = asyncio.create_task(way.body(question(origin.url(), kind=kind)))
            await heard(origin, 2)
            await clock.advance(1.9)
            assert len(origin.heard) == 2
            await clock.advance(0.1)
            assert await asking == b"#EXTM3U\n"
            assert [each.connection for each in origin.heard] == [1, 1, 2]
            assert [told.hedged for told in way.told] == [False, True]


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.SEGMENT, ""),
        (Kind.PART, ""),
        (Kind.ASSET_LIST, ""),
        (Kind.PLAYLIST, "_HLS_msn=1"),
    ],
)
async def test_large_or_blocking_requests_are_sent_once(kind: Kind, query: str) -> None:
    """A second one would cost as much again, or wait as long again."""
    async with RawOrigin(SILENT) as origin:
        clock = FakeClock()
        async with way_to(origin.url(), clock=clock) as way:
            asked = question(origin.url(f"/?{query}"), kind=kind)
            asking = asyncio.create_task(way.body(asked))
            await heard(origin, 1)
            await clock.advance(7.9)
            await asyncio.sleep(0.02)
            assert len(origin.heard) == 1
            asking.cancel()


async def test_silence_ends_after_eight_seconds_with_its_own_error() -> None:
    """Both attempts were silent."""
    async with RawOrigin(SILENT) as origin:
        clock = FakeClock()
        async with way_to(origin.url(), clock=clock) as way:
            asked = question(origin.url(), kind=Kind.PLAYLIST)
            asking = asyncio.create_task(way.body(asked))
            await heard(origin, 1)
            await clock.advance(2)
            await heard(origin, 2)
            await clock.advance(6)
            with pytest.raises(UnreachableError, match="silent for 8 s") as caught:
                await asking
            assert caught.value.timed_out
            assert [told.failure for told in way.told] == ["connection_read_timeout"]


async def test_idle_connections_beside_a_dead_one_are_dropped() -> None:
    """Later requests use the connection that answered."""
    async with RawOrigin(BEGUN, BEGUN, SILENT, LIST, MEDIA) as origin:
        clock = FakeClock()
        async with way_to(origin.url(), clock=clock) as way:
            await warm(way, origin)
            asked = question(origin.url(), kind=Kind.PLAYLIST)
            asking = asyncio.create_task(way.body(asked))
            await heard(origin, 3)
            await clock.advance(2)
            await asking
            media = question(origin.url())
            used = [await connections(way, origin, media) for _ in range(2)]
            assert used == [3, 3]
            assert origin.connections == 3


async def test_a_slow_connection_that_answers_first_is_kept() -> None:
    """It is not dead, and the new one is closed."""
    async with RawOrigin(LIST, SILENT, SILENT, LIST) as origin:
        clock = FakeClock()
        async with way_to(origin.url(), clock=clock) as way:
            asked = question(origin.url(), kind=Kind.PLAYLIST)
            await way.body(asked)
            asking = asyncio.create_task(way.body(asked))
            await heard(origin, 2)
            await clock.advance(2)
            await heard(origin, 3)
            origin.writers[1].write(LIST.data)
            assert await asking == b"#EXTM3U\n"
            assert [told.hedged for told in way.told] == [False, False]
            async with asyncio.timeout(5):
                while 2 in origin.writers:  # noqa: ASYNC110 - the origin has no event
                    await asyncio.sleep(0.001)


async def test_idle_connections_beside_a_reset_one_are_dropped() -> None:
    """A restarted origin knows none of them."""
    reset = Reply(b"", End.RST)
    async with (
        RawOrigin(BEGUN, BEGUN, reset, MEDIA) as origin,
        way_to(origin.url()) as way,
    ):
        await warm(way, origin)
        assert await connections(way, origin, question(origin.url())) == 3


async def test_a_second_attempt_gets_a_token_of_its_own() -> None:
    """A token may be valid for one request only."""
    numbers = iter(range(1, 9))

    def stamp(url: str) -> Stamped:
        return Stamped(f"{url}?t={next(numbers)}", carried=True)

    async with RawOrigin(SILENT, LIST) as origin:
        clock = FakeClock()
        async with way_to(origin.url(), clock=clock) as way:
            asked = question(origin.url(), kind=Kind.PLAYLIST, stamp=stamp)
            asking = asyncio.create_task(way.body(asked))
            await heard(origin, 1)
            await clock.advance(2)
            await asking
            assert [each.target for each in origin.heard] == ["/?t=1", "/?t=2"]


@pytest.mark.parametrize(
    ("kind", "preconnects", "opened"),
    [
        (Kind.ENTRY, True, 2),
        (Kind.ENTRY, False, 1),
        (Kind.PLAYLIST, True, 1),
        (Kind.SEGMENT, True, 1),
    ],
)
async def test_a_second_connection_is_opened_with_the_entry(
    kind: Kind, *, preconnects: bool, opened: int
) -> None:
    """Once; what the player requests next may take either."""
    async with (
        RawOrigin(LIST) as origin,
        way_to(origin.url(), preconnects=preconnects) as way,
    ):
        for _ in range(2):
            await way.body(question(origin.url(), kind=kind))
            await asyncio.sleep(0.05)
        assert origin.connections == opened
        assert [each.target for each in origin.heard] == ["/", "/"]
